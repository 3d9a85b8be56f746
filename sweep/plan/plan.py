"""The plan: what to sweep, what is constant, which equations, which constraints, what to write.

A plan is data. It is read from TOML or made from the same names as Python objects; nothing in it is executed.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from carbonsweep.foundation.errors import PlanError, suggestion
from carbonsweep.foundation.sizes import size_number
from carbonsweep.kernels import REGISTRY
from carbonsweep.kernels.statistics import parse_statistic, with_columns
from carbonsweep.plan.axes import Axis, Values, Zipped, row_text, zipped_name
from carbonsweep.plan.expression import is_arithmetic
from carbonsweep.plan.stages import Stage, check_multiples, stage_axes
from carbonsweep.plan.uncertainty import Uncertainty
from carbonsweep.plan.words import meant

Constant = Annotated[Annotated[float, Field(allow_inf_nan=False)] | str, BeforeValidator(row_text)]


class Output(BaseModel):
    """What a run writes.

    Attributes
    ----------
    quantities
        The columns beside the axes, in order.
    statistics
        What is written of each quantity that differs between the samples of a plan with `[uncertainty]`: ``p5``,
        ``mean``, ``cvar90``, ``p(<= 500e3)``. Without any, every sample is a row.
    minimize, maximize
        The quantity by which the best rows are shown at the end of a run.
    infeasible
        What becomes of points that fail a constraint: left out, or kept and marked in `meets_constraints`.
    float_type
        Width of the quantity columns in the files; the arithmetic is float64 always.
    chunk_points
        Points evaluated and written at a time, each chunk a part file; None lets the engine choose.
    file_size
        Size that part files should have, such as "256 MB", instead of `chunk_points`; met roughly.
    row_group_points
        Points in a row group of a part file: what readers skip or read as a whole. At least 1,000: with fewer, writing
        and reading take many times as long.
    partition_by
        Axes whose values become folders (``accelerator=h100-sxm5/part-...``), which readers skip by name.
    compression, compression_level
        Parquet compression of the part files; None takes lz4, or zstd where its level (1 to 22) is given. Zstd saves
        a few per cent of the numbers of a sweep, and takes twice as long to write and to read.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    quantities: tuple[str, ...] = Field(min_length=1)
    statistics: tuple[str, ...] | None = None
    minimize: str | None = None
    maximize: str | None = None
    infeasible: Literal["drop", "flag"] = "drop"
    float_type: Literal["float64", "float32"] = "float64"
    chunk_points: Annotated[int, Field(ge=1)] | None = None
    file_size: str | None = None
    row_group_points: Annotated[int, Field(ge=1000)] = 1 << 17
    partition_by: tuple[str, ...] = ()
    compression: Literal["zstd", "lz4", "snappy", "none"] | None = None
    compression_level: Annotated[int, Field(ge=1, le=22)] | None = None

    @model_validator(mode="after")
    def _one_objective(self) -> Output:
        if self.minimize is not None and self.maximize is not None:
            raise ValueError("give minimize or maximize, not both")
        repeated = sorted({name for name in self.quantities if self.quantities.count(name) > 1})
        if repeated:
            raise ValueError(f"quantity {repeated[0]!r} is listed twice")
        for text in self.statistics or ():
            if parse_statistic(text, "x") is None:
                raise ValueError(f"no statistic {text!r}; there are p5 (any quantile), mean, cvar90 and p(<= 500e3)")
        if self.file_size is not None:
            if self.chunk_points is not None:
                raise ValueError("give chunk_points or file_size, not both")
            size_number(self.file_size)
        if self.compression_level is not None and self.codec != "zstd":
            raise ValueError(f"compression_level is for zstd; {self.compression} has none")
        if len(set(self.partition_by)) < len(self.partition_by):
            raise ValueError("partition_by names an axis twice")
        return self

    @property
    def codec(self) -> str:
        """The compression of the part files."""
        return self.compression or ("lz4" if self.compression_level is None else "zstd")

    @property
    def objective(self) -> str | None:
        return self.minimize or self.maximize


class Choose(BaseModel):
    """What is chosen at every point of the axes: inner axes, of which the best combination is kept.

    Attributes
    ----------
    minimize, maximize
        The quantity by which candidates are compared: one of the two.
    over
        The inner axes by name; in a plan they stand beside the objective.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    minimize: str | None = None
    maximize: str | None = None
    over: dict[str, Values] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _axes_beside(cls, data: Any) -> Any:
        if isinstance(data, dict) and "over" not in data:
            objective = {name: data[name] for name in ("minimize", "maximize") if name in data}
            return {**objective, "over": {name: axis for name, axis in data.items() if name not in objective}}
        return data

    @model_validator(mode="after")
    def _one_objective(self) -> Choose:
        if (self.minimize is None) == (self.maximize is None):
            raise ValueError("give one objective: a quantity to minimize or to maximize")
        return self

    @property
    def objective(self) -> str:
        return self.minimize or self.maximize or ""


class Plan(BaseModel):
    """A sweep: axes, constants, equation variants, constraints and output.

    Examples
    --------
    >>> Plan(
    ...     axes={"tokens": {"geom": [1e11, 1e13, 3]}},
    ...     constants={"parameters": 70e9},
    ...     output={"quantities": ["test_loss", "training_flops"]},
    ... ).axes["tokens"].numbers().tolist()
    [100000000000.0, 1000000000000.0, 10000000000000.0]
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    order: Literal["auto", "plan"] = "auto"
    allow_implausible: bool | None = None
    allow_mixed: tuple[Literal["carbon_intensity"], ...] | None = None
    axes: dict[str, Axis] = {}
    constants: dict[str, Constant] = {}
    choose: Choose | None = None
    stages: tuple[Stage, ...] | None = None
    uncertainty: Uncertainty | None = None
    equations: dict[str, str] = {}
    constraints: dict[str, bool | Constant | tuple[str, ...]] = {}
    output: Output
    catalogs: dict[str, tuple[Path, ...]] = {}
    file: str = Field(default="plan", exclude=True)
    """The plan's name in errors: its file, or "plan"."""

    def __init__(self, /, **keywords: Any) -> None:
        file = str(keywords.get("file", "plan"))
        try:
            super().__init__(**keywords)
        except ValidationError as error:
            raise PlanError(_first_fault(error, file)) from None

    @model_validator(mode="before")
    @classmethod
    def _axes_by_expression(cls, data: Any) -> Any:
        """An axis that is an expression over others is no loop: it is computed, and a column."""
        if not isinstance(data, dict) or not isinstance(data.get("axes"), dict):
            return data
        known = REGISTRY.names()
        texts = {name: text for name, text in data["axes"].items() if isinstance(text, str) and name in known}
        moved = {name: text for name, text in texts.items() if is_arithmetic(text, known)}
        output = data.get("output")
        if not moved or not isinstance(output, dict) or not isinstance(output.get("quantities"), list | tuple):
            return data
        constants = dict(data.get("constants") or {})
        if both := [name for name in moved if name in constants]:
            raise ValueError(f"{both[0]!r} is both an axis and a constant; remove one")
        columns = [*(name for name in moved if name not in output["quantities"]), *output["quantities"]]
        return {
            **data,
            "axes": {name: axis for name, axis in data["axes"].items() if name not in moved},
            "constants": {**constants, **moved},
            "output": {**output, "quantities": columns},
        }

    @model_validator(mode="before")
    @classmethod
    def _zip_tables(cls, data: Any) -> Any:
        """`[[zip]]` tables are axes: each stands under the name of one of its columns."""
        if not isinstance(data, dict) or "zip" not in data:
            return data
        changed = {key: value for key, value in data.items() if key != "zip"}
        tables = data["zip"]
        if not isinstance(tables, list | tuple) or not all(isinstance(table, dict) for table in tables):
            raise ValueError("zip: give tables, each headed [[zip]], of equally long lists")
        axes = dict(data.get("axes") or {})
        for table in tables:
            if len(table) < 2:
                raise ValueError("zip: a table needs two names or more that move together; a single one is an axis")
            name = zipped_name(table)
            if name in axes:
                raise ValueError(f"zip: {name} is an axis too; remove one")
            axes[name] = {"zip": table}
        return {**changed, "axes": axes}

    @model_validator(mode="before")
    @classmethod
    def _words_of_the_trade(cls, data: Any) -> Any:
        """Words that mean one name only stand for it: `gpu`, `tp`, `batch_size`, columns of the catalogs."""
        if not isinstance(data, dict):
            return data
        changed = dict(data)
        for table in ("axes", "constants", "choose", "constraints", "equations"):
            if isinstance(given := data.get(table), dict):
                changed[table] = _renamed(given, table, asked=table in ("constraints", "equations"))
        if isinstance(uncertain := data.get("uncertainty"), dict):
            own = {name: one for name, one in uncertain.items() if name in Uncertainty.model_fields}
            inputs = {name: one for name, one in uncertain.items() if name not in own}
            changed["uncertainty"] = {**own, **_renamed(inputs, "uncertainty")}
        if isinstance(constraints := changed.get("constraints"), dict):
            changed["constraints"] = {_by_column(key): _by_column(value) for key, value in constraints.items()}
        if isinstance(choose := changed.get("choose"), dict):
            changed["choose"] = {
                key: _by_column(value) if key in ("minimize", "maximize") else value for key, value in choose.items()
            }
        if isinstance(tables := data.get("zip"), list | tuple):
            changed["zip"] = [_renamed(one, "zip") if isinstance(one, dict) else one for one in tables]
        if isinstance(tables := data.get("stages"), list | tuple):
            changed["stages"] = [_of_stage(one) if isinstance(one, dict) else one for one in tables]
        if isinstance(output := data.get("output"), dict):
            output = dict(output)
            if isinstance(asked := output.get("quantities"), list | tuple):
                output["quantities"] = [
                    meant(_by_column(word), asked=True) if isinstance(word, str) else word for word in asked
                ]
            for key in ("minimize", "maximize"):
                if isinstance(word := output.get(key), str):
                    output[key] = meant(_by_column(word), asked=True)
            changed["output"] = output
        return changed

    @model_validator(mode="after")
    def _zipped_under_their_own_name(self) -> Plan:
        for name, axis in self.axes.items():
            if isinstance(axis, Zipped) and name not in axis.zip:
                raise ValueError(f"axes.{name}: its zip table has no column {name}; add it, or use a [[zip]] table")
        return self

    @model_validator(mode="after")
    def _multiples_of_what_is_there(self) -> Plan:
        try:
            check_multiples(self.stages or ())
        except ValueError as error:
            raise ValueError(f"stages: {error}") from None
        return self

    @model_validator(mode="before")
    @classmethod
    def _one_path_or_many(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("catalogs"), dict):
            one = {name: (p,) if isinstance(p, str | Path) else p for name, p in data["catalogs"].items()}
            return {**data, "catalogs": one}
        return data

    @classmethod
    def of(cls, plan: Plan | str | Path, allow_implausible: bool = False) -> Plan:
        """A plan as it is, or the plan in a TOML file; values that make no sense may be let pass, as in `load`."""
        if not isinstance(plan, Plan):
            return cls.load(plan, allow_implausible)
        return plan.model_copy(update={"allow_implausible": True}) if allow_implausible else plan

    @classmethod
    def load(cls, path: str | Path, allow_implausible: bool = False) -> Plan:
        """Read a plan from a TOML file; catalog paths in it are relative to the file.

        Parameters
        ----------
        path
            The file.
        allow_implausible
            Whether values that make no sense pass, with a note, whatever the file says.

        Raises
        ------
        PlanError
            If the file cannot be read, is not TOML, or is not a plan; the message names line or key.
        """
        path = Path(path)
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except tomllib.TOMLDecodeError as error:
            raise PlanError(f"{path}: not valid TOML: {error}") from None
        except UnicodeDecodeError as error:
            raise PlanError(f"{path}: not UTF-8 text (byte {error.start}); save the plan as UTF-8") from None
        except ValueError as error:  # a number of thousands of digits
            raise PlanError(f"{path}: not valid TOML: {str(error).partition(';')[0]}") from None
        except RecursionError:
            raise PlanError(f"{path}: nested too deeply for a plan") from None
        except OSError as error:
            raise PlanError(f"{path}: cannot read the plan: {error.strerror}") from None
        if "file" in data:
            raise PlanError(f"{path}: unknown key 'file'; remove it")
        plan = cls(**_from_folder(data, path.parent), file=str(path))
        placed = {name: tuple(path.parent / part for part in parts) for name, parts in plan.catalogs.items()}
        allowed = {"allow_implausible": True} if allow_implausible else {}
        return plan.model_copy(update={"catalogs": placed, **allowed})

    def with_output(self, **changes: Any) -> Plan:
        """The plan with other settings of its output; a setting that is None stays.

        Raises
        ------
        PlanError
            If a setting is faulty.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        if not given:
            return self
        data = self.canonical()
        return Plan(**{**data, "output": {**data["output"], **given}}, file=self.file)

    def canonical(self) -> dict[str, Any]:
        """The plan as plain data, equal for equal plans: what the manifest records."""
        return self.model_dump(mode="json", exclude_none=True)

    @property
    def swept(self) -> dict[str, Axis]:
        """Everything that is an axis, values of stages included."""
        return {**self.axes, **stage_axes(self.stages or ())}

    @property
    def content_hash(self) -> str:
        """SHA-256 of the canonical plan, as hexadecimal text."""
        return plan_hash(self.canonical())


def plan_hash(canonical: dict[str, Any]) -> str:
    """SHA-256 of a plan as plain data, as hexadecimal text."""
    text = json.dumps(canonical, sort_keys=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _by_column(text: Any) -> Any:
    """A text, or a list of them, with statistics by the names of their columns."""
    if isinstance(text, list | tuple):
        return [_by_column(one) for one in text]
    return with_columns(text) if isinstance(text, str) else text


def _renamed(given: dict[str, Any], table: str, asked: bool = False) -> dict[str, Any]:
    """A table of a plan by the names that its words mean."""
    named = [meant(word, asked) for word in given]
    if twice := [name for name in named if named.count(name) > 1]:
        raise ValueError(f"{table}: {twice[0]} is given twice, once by another word; remove one")
    return dict(zip(named, given.values(), strict=True))


def _of_stage(given: dict[str, Any]) -> dict[str, Any]:
    """A table of a stage by its keys: `gpu` is accelerator."""
    known = {word: meant(word) for word in given}
    named = {word: name if name in Stage.model_fields else word for word, name in known.items()}
    if len(set(named.values())) < len(named):
        raise ValueError("stages: a key is given twice, once by another word; remove one")
    return {named[word]: value for word, value in given.items()}


def _from_folder(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A plan's data with paths of models' configurations and of draws as seen from elsewhere: relative to its file."""

    def placed(value: Any) -> Any:
        if isinstance(value, list):
            return [placed(one) for one in value]
        text = row_text(value)
        return str(folder / text) if isinstance(text, str) and text.endswith(".json") else value

    def with_model(table: Any) -> Any:
        return {**table, "model": placed(table["model"])} if isinstance(table, dict) and "model" in table else table

    def with_table(one: Any) -> Any:
        path = one.get("table") if isinstance(one, dict) else None
        return {**one, "table": str(folder / path)} if isinstance(path, str) and path else one

    tables: dict[str, Any] = {
        table: with_model(data[table]) for table in ("axes", "constants", "choose") if table in data
    }
    if isinstance(zipped := data.get("zip"), list):
        tables["zip"] = [with_model(table) for table in zipped]
    if isinstance(uncertain := data.get("uncertainty"), dict):
        tables["uncertainty"] = {name: with_table(one) for name, one in uncertain.items()}
    return {**data, **tables}


_KEYS: dict[str, list[str]] = {
    "": [*(name for name in Plan.model_fields if name != "file"), "zip"],
    "output": list(Output.model_fields),
    "stages": list(Stage.model_fields),
    "axes": [
        "values",
        "linear",
        "geom",
        "powers_of_two",
        "integers",
        "catalog",
        "names",
        "where",
        "default_rows",
    ],
}


def _first_fault(error: ValidationError, file: str) -> str:
    """The first fault as one line: file, key, what is wrong, remedy."""
    faults = error.errors(include_url=False)
    fault = next((f for f in faults if f["type"] == "extra_forbidden"), faults[0])
    parts = ("function-", "Range", "Records", "Zipped")
    steps = [str(step) for step in fault["loc"] if not str(step).startswith(parts)]
    if steps[:2] == ["uncertainty", "inputs"]:
        steps.remove("inputs")
    if "zip" in steps[:3]:
        steps = steps[steps.index("zip") :]
    key = ".".join(steps)
    if fault["type"] == "extra_forbidden":
        table = steps[0] if len(steps) > 1 else ""
        known = _KEYS.get(table, [])
        hint = suggestion(steps[-1], known) or f"; known here: {', '.join(known)}"
        return f"{file}: unknown key {key!r}{hint}"
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "missing":
        return f"{file}: missing key {key!r}; add it, for example output.quantities = ['total_carbon']"
    given = fault.get("input")
    shown = "" if isinstance(given, dict | list | tuple | BaseModel) else f" (got {given!r})"
    message = message[0].lower() + message[1:]
    return f"{file}: {key}: {message}{shown}" if key else f"{file}: {message}{shown}"
