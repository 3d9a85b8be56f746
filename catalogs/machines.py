"""Accelerators by the names that makers, drivers, clouds and people give them, and the numbers in those names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from carbonsweep.catalogs.files import shown
from carbonsweep.catalogs.lookup import Alias, Index, Match, plain
from carbonsweep.catalogs.rows import Row
from carbonsweep.foundation.errors import CatalogError, suggestion

BRANDS = [
    "nvidia",
    "tesla",
    "geforce",
    "quadro",
    "amd",
    "instinct",
    "radeon",
    "intel",
    "habana",
    "aws",
    "amazon",
    "google",
    "cloud",
    "huawei",
    "apple",
    "microsoft",
    "azure",
    "oci",
    "oracle",
    "gcp",
    "meta",
]
"""Words of makers and series that name no device by themselves."""
NOISE = [
    "gpu",
    "gpus",
    "accelerator",
    "accelerators",
    "tensor",
    "core",
    "card",
    "cards",
    "board",
    "chip",
    "chips",
    "module",
    "hbm2",
    "hbm2e",
    "hbm3",
    "hbm3e",
    "hbm4",
    "gddr6",
    "gddr6x",
    "gddr7",
    "generation",
    "edition",
    "superchip",
    "blackwell",
    "ampere",
    "lovelace",
    "ac",
    "lc",
]
"""Words that tell no device of the catalog from another once its model number is there."""
FORMS = {"sxm": "sxm", "pcie": "pcie", "pci": "pcie", "pcle": "pcie", "nvl": "nvl", "oam": "oam"}

CORES_PER_CHIP = {
    "v2": ("tpu-v2", 2),
    "v3": ("tpu-v3", 2),
    "v4": ("tpu-v4", 2),
    "v5litepod": ("tpu-v5e", 1),
    "v5lite": ("tpu-v5e", 1),
    "v5e": ("tpu-v5e", 1),
    "v5p": ("tpu-v5p", 2),
    "v6e": ("tpu-v6e", 1),
    "tpu7x": ("tpu-v7", 2),
    "7x": ("tpu-v7", 2),
}
"""What the number in the name of a TPU slice counts: TensorCores, two a chip, or chips (Cloud TPU documentation)."""
_SLICE = re.compile(
    r"(?:(?:google|cloud|tpu)[ _-]*)*(v2|v3|v4|v5litepod|v5 ?lite|v5e|v5p|v6e|tpu7x|7x)[ _-]+"
    r"(?:(\d+)|(\d+)x(\d+)(?:x(\d+))?)",
    re.IGNORECASE,
)
_COUNT_FIRST = re.compile(r"(\d+)(?:\s*[x*]\s*|\s+)(?=\D)(.+)", re.IGNORECASE)
_COUNT_LAST = re.compile(r"(.+?)(?:\s*[x*]\s*\(?|\s*:\s*|\s*\(x?)(\d+)\)?", re.IGNORECASE)
_RACK = re.compile(r"(.+?)[ _-]*nvl[ _-]?(\d+)( rack)?", re.IGNORECASE)


class Machines(Index):
    """Accelerators, and the instance types and systems that are made of them.

    Parameters
    ----------
    rows, aliases
        As for any index.
    instances
        Index of the cloud instance types.
    """

    def __init__(self, rows: Sequence[Row], aliases: Sequence[Alias], instances: Index) -> None:
        super().__init__("accelerators", rows, aliases)
        self.instances = instances
        self._parts = [(row, *_parts(row.id)) for row in rows]

    def match(self, text: str) -> Match | None:
        text = re.sub(r"\((?:r|tm)\)|[®™]", "", text.replace("×", "x"), flags=re.IGNORECASE).strip()
        return self._single(text) or self._counted(text)

    def guess(self, text: str) -> str:
        hint = super().guess(text)
        return hint if hint.startswith("; did") else f"{hint}, or the instance types of `carbonsweep catalog instances`"

    def _single(self, text: str) -> Match | None:
        """One device, a slice, an instance or a system: everything but a number of them."""
        bare = re.sub(rf"\b(?:{'|'.join(BRANDS)})\b[ _:/-]*", "", text, flags=re.IGNORECASE).strip(" _-")
        if re.match("(dgx|hgx)", bare, re.IGNORECASE) and (found := self._box(bare)):
            return found
        for name in dict.fromkeys((text, bare)):
            if name and (found := self.known(name) or self._instance(name)):
                return found
        return self._slice(text) or self._rack(bare) or self._by_parts(bare)

    def _counted(self, text: str) -> Match | None:
        """`8xH100`, `8 x H100`, `H100 x8`, `H100:8`: that number of what the rest names."""
        first = _COUNT_FIRST.fullmatch(text)
        last = _COUNT_LAST.fullmatch(text)
        for count, rest in ((first[1], first[2]) if first else ("", ""), (last[2], last[1]) if last else ("", "")):
            rest = rest.strip()
            if not count or (found := self._single(rest) or self._single(re.sub("s$", "", rest))) is None:
                continue
            if int(count) < 1:
                raise CatalogError(f"{shown(text)} names no device; give the number of devices, 1 or more")
            if found.devices is None:
                return replace(found, devices=int(count), how=found.how)
            if re.search("hgx", rest, re.IGNORECASE):
                total = int(count) * found.devices
                raise CatalogError(
                    f"{shown(text)} could be {count} or {total} devices: an HGX board carries {found.devices}; give "
                    f"accelerator = {found.row.id!r} and devices"
                )
            total = int(count) * found.devices
            return replace(found, devices=total, how=f"{count} times {found.devices}; {found.how}")
        return None

    def _instance(self, text: str) -> Match | None:
        """A cloud instance type: its accelerators, their number, and its host."""
        text = text.removeprefix("ml.")
        found = self.instances.known(text) or self.instances.known(f"Standard_{text}")
        sizes = [row for row in self.instances.rows if row.id.startswith(f"{text.lower()}.")] if text else []
        if found is None and not sizes:
            return None
        instance = self.instances.one(text, sizes) if found is None else found.row
        accelerator = str(instance.values["accelerator"])
        row = self.by_id.get(accelerator)
        if row is None:
            raise CatalogError(
                f"{instance.file}: line {instance.line}: column 'accelerator': {shown(accelerator)} is no id of the "
                f"catalog of accelerators{suggestion(accelerator, self.by_id)}"
            )
        provider = f"{instance.values['provider']} " if instance.values["provider"] else ""
        return Match(row, f"{provider}instance {instance.id}", _whole(instance, "devices"), instance)

    def _slice(self, text: str) -> Match | None:
        """`v5p-128`, `TPU v3-8`, `v4 2x2x2`: a slice of a TPU pod."""
        parts = _SLICE.fullmatch(text)
        if parts is None:
            return None
        row_id, cores = CORES_PER_CHIP[parts[1].lower().replace(" ", "")]
        if row_id not in self.by_id:
            return None
        if parts[2] is None:
            chips = int(parts[3]) * int(parts[4]) * int(parts[5] or 1)
            return self._some(text, row_id, chips, f"topology of {chips} chips")
        number = int(parts[2])
        if number % cores:
            raise CatalogError(
                f"{shown(text)}: the number counts TensorCores, {cores} a chip, so it must be even; give "
                f"accelerator = {row_id!r} and devices, the number of chips"
            )
        counted = "TensorCores, two a chip" if cores == 2 else "chips"
        return self._some(text, row_id, number // cores, f"TPU slice: the number counts {counted}")

    def _some(self, text: str, row_id: str, devices: int, how: str) -> Match:
        if devices < 1:
            raise CatalogError(f"{shown(text)} names no device; give the number of devices, 1 or more")
        return Match(self.by_id[row_id], how, devices)

    def _box(self, text: str) -> Match | None:
        """`DGX H100` and `HGX H100` carry eight; a box with a name of its own (`DGX-1`) what its alias says."""
        box = re.fullmatch(r"(dgx|hgx)[ _-]+(\D.*)", text, re.IGNORECASE)
        if box is None:
            return None
        named = self.known(text)
        if named is not None and named.how != "name":
            return named
        inner = self.known(box[2]) or self._by_parts(box[2])
        if inner is None or inner.devices is not None:
            return inner
        per_node = _whole(inner.row, "devices_per_node")
        if per_node is not None and per_node != 8:
            raise CatalogError(
                f"{shown(text)}: {inner.row.id} does not come in boxes of eight; give accelerator = {inner.row.id!r} "
                "and devices"
            )
        return replace(inner, devices=8, how=f"{box[1].upper()}: eight devices")

    def _rack(self, text: str) -> Match | None:
        """`GB200 NVL36` is that many, `GB200 NVL72` one device of the rack, `GB200 NVL72 rack` all of it."""
        rack = _RACK.fullmatch(text)
        if rack is None or (inner := self.known(rack[1])) is None or inner.devices is not None:
            return None
        number = int(rack[2])
        if rack[3] is None and number == _whole(inner.row, "scaleup_domain"):
            return replace(inner, how="one device of the rack")
        return replace(inner, devices=number, how=f"NVL{number}: {number} devices")

    def _by_parts(self, text: str) -> Match | None:
        """A model number with board and memory in any order: `A100 80GB PCIe`, `A100-PCIE-40GB`, `H200 NVL`."""
        base, form, memory = _parts(text)
        if not base:
            return None
        fitting = [
            row
            for row, row_base, row_form, row_memory in self._parts
            if row_base == base
            and (not form or form in (row_form or plain(str(row.values["form_factor"] or ""))))
            and (memory is None or _same_memory(memory, row_memory, row))
        ]
        usual = self.known(base)
        if usual is not None and (usual.row in fitting or not (fitting or form or memory)):
            return Match(usual.row, usual.how)
        return Match(self.one(text, fitting), "model, board and memory") if fitting else None


def _parts(text: str) -> tuple[str, str, float | None]:
    """Model number, kind of board and gigabytes of memory in a name."""
    base: list[str] = []
    form, memory = "", None
    spaced = re.sub(r"(\d)\s+(gb|g)\b", r"\1\2", text.lower())
    for word in re.split(r"[\s_,()/-]+", spaced):
        board = FORMS.get(word.rstrip("0123456789"))
        size = re.fullmatch(r"(\d+(?:\.\d+)?)gb?", word)
        if board and (word == "pcie" or word.rstrip("0123456789") in FORMS):
            form = board
        elif size:
            memory = float(size[1])
        elif word and word not in NOISE and word not in BRANDS:
            base.append(word)
    return plain(" ".join(base)), form, memory


def _same_memory(memory: float, row_memory: float | None, row: Row) -> bool:
    held = row_memory if row_memory is not None else row.values["mem_gb"]
    return isinstance(held, int | float) and abs(memory - held) <= 0.05 * held


def _whole(row: Row, column: str) -> int | None:
    value = row.values[column]
    return None if value is None else int(value)
