"""Run directories: resumed, extended, partitioned, verified and described."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest

import carbonsweep as cs
from carbonsweep.foundation.errors import StoreError
from tests import plans
from tests.faults import content
from tests.manifests import content_of, manifest_of, write_manifest

Command = Callable[..., tuple[int, str, str]]


def _plan(axes: dict[str, Any] | None = None, **output: Any) -> cs.Plan:
    data = copy.deepcopy(plans.LLAMA_CLASS)
    data["axes"].update(axes or {})
    data["output"].update(output)
    return cs.Plan(**data)


# --- extend --------------------------------------------------------------------------------------------------

GROWN = {
    "numbers at the end": {"lifetime_years": [3, 5, 6]},
    "numbers between": {"lifetime_years": [3, 4, 5]},
    "a catalog row": {"accelerator": ["V100-32GB", "a100-sxm4-80gb", "B200", "h100-sxm5"]},
    "two axes": {"lifetime_years": [2, 3, 5], "hidden_size": [1024, 2048, 4096, 8192]},
}


@pytest.mark.parametrize(("how", "partition_by"), [*((how, ()) for how in GROWN), ("two axes", ("accelerator",))])
def test_extend_equals_a_run_of_the_larger_plan(how: str, partition_by: tuple[str, ...], tmp_path: Path) -> None:
    output = {"chunk_points": 30_000, "partition_by": partition_by}
    small, large = _plan(**output), _plan(GROWN[how], **output)
    first = cs.run(small, tmp_path / "run")
    before = {path.name: path.stat().st_ino for path in (tmp_path / "run").rglob("part-*.parquet")}
    result = cs.run(large, tmp_path / "run", extend=True)
    whole = cs.run(large, tmp_path / "whole")
    assert (result.points, result.rows) == (whole.points, whole.rows)
    assert result.reused == first.points
    assert content(tmp_path / "run") == content(tmp_path / "whole")
    assert result.summary.columns == whole.summary.columns
    assert [row[0] for row in result.summary.best] == [row[0] for row in whole.summary.best]
    assert cs.verify(tmp_path / "run").whole
    after = {path.name: path.stat().st_ino for path in (tmp_path / "run").rglob("part-*.parquet")}
    assert before.items() <= after.items()  # the same files, not copies
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "whole"]


def test_an_extended_run_is_resumed_and_extended_again(tmp_path: Path) -> None:
    out, parts = tmp_path / "run", {"chunk_points": 30_000}
    cs.run(_plan(**parts), out)
    cs.run(_plan({"lifetime_years": [3, 4, 5]}, **parts), out, extend=True)
    largest = _plan({"lifetime_years": [3, 4, 5, 6], "layers": {"integers": [16, 96, 16]}}, **parts)
    cs.run(largest, out, extend=True)
    expected = content(out)
    cs.run(largest, tmp_path / "whole")
    assert content(tmp_path / "whole") == expected
    for path in sorted(out.glob("part-*.parquet"))[::2]:
        path.unlink()
    assert not cs.verify(out).whole
    result = cs.run(largest, out, resume=True)
    assert 0 < result.reused < result.points
    assert content(out) == expected


def test_an_interrupted_extension_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from carbonsweep.store.filesystem import Folder

    out, parts = tmp_path / "run", {"chunk_points": 20_000}
    cs.run(_plan(**parts), out)
    before = content(out)
    large = _plan({"lifetime_years": [3, 4, 5, 6]}, **parts)
    real, written = Folder.put, []

    def failing(self: Folder, name: str, data: Any) -> None:
        if len(written) == 2:
            raise cs.StoreError("disk on fire")
        written.append(name)
        real(self, name, data)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "put", failing)
        with pytest.raises(cs.StoreError, match="disk on fire"):
            cs.run(large, out, extend=True, threads=1)
    assert content(out) == before  # the finished run is as it was
    with pytest.raises(cs.StoreError, match="continue with --extend --resume"):
        cs.run(large, out, extend=True)
    result = cs.run(large, out, extend=True, resume=True)
    assert len(written) == 2
    assert 105_840 < result.reused < result.points
    cs.run(large, tmp_path / "whole")
    assert content(out) == content(tmp_path / "whole")


REFUSED = {
    "nothing new": (_plan(), "adds no values to the run"),
    "a value less": (_plan({"lifetime_years": [3, 6]}), "axes.lifetime_years lacks 5.0, which the run has"),
    "another axis": (_plan({"pue": [1.1, 1.2]}), "are not those of the run"),
    "another column": (_plan(quantities=["test_loss", "total_carbon"]), "output differs from the plan of the run"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_what_is_no_extension_is_refused(how: str, tmp_path: Path) -> None:
    out = tmp_path / "run"
    cs.run(_plan(), out)
    plan, message = REFUSED[how]
    if "pue" in plan.axes:
        plan = plan.model_copy(update={"constants": {k: v for k, v in plan.constants.items() if k != "pue"}})
    before = content(out)
    with pytest.raises(cs.PlanError, match=message):
        cs.run(plan, out, extend=True)
    assert content(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_another_constant_is_no_extension(tmp_path: Path) -> None:
    cs.run(_plan(), tmp_path / "run")
    plan = _plan({"lifetime_years": [3, 4, 5]})
    other = plan.model_copy(update={"constants": {**plan.constants, "pue": 1.3}})
    with pytest.raises(cs.PlanError, match=r"constants\.pue differs"):
        cs.run(other, tmp_path / "run", extend=True)
    with pytest.raises(cs.StoreError, match="there is no run to extend"):
        cs.run(plan, tmp_path / "none", extend=True)


def test_what_an_equation_calls_is_part_of_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts made by another version of a function that an equation calls are not taken for parts of the same run."""
    from carbonsweep.kernels import REGISTRY
    from carbonsweep.nest import equation_source as source

    calling = [
        e
        for variants in REGISTRY.quantities.values()
        for e in variants
        if not e.choice and source.called_functions(e.function)
    ]
    assert calling
    real = source.function_source
    for equation in calling:
        before = source.whole_source(equation.function, equation.quantity)
        for callee in source.called_functions(equation.function):
            with monkeypatch.context() as patch:
                patch.setattr(source, "function_source", lambda f, n, c=callee: real(f, n) + "# new" * (f is c))
                assert source.whole_source(equation.function, equation.quantity) != before


# --- how files are cut ---------------------------------------------------------------------------------------


def test_partitions_are_folders_that_readers_skip(tmp_path: Path) -> None:
    out = tmp_path / "run"
    result = cs.run(_plan(partition_by=["accelerator", "lifetime_years"]), out)
    assert sorted(path.name for path in out.iterdir() if path.is_dir()) == [
        "accelerator=a100-sxm4-80gb",
        "accelerator=h100-sxm5",
        "accelerator=v100-sxm2-32gb",
    ]
    cs.run(_plan(), tmp_path / "flat")
    assert content(out) == content(tmp_path / "flat")
    dataset = pyarrow.dataset.dataset(out, partitioning="hive")
    assert len(list(dataset.get_fragments(pyarrow.dataset.field("accelerator") == "h100-sxm5"))) == 2
    rows = pd.read_parquet(tmp_path / "flat").query("accelerator == 'h100-sxm5' and lifetime_years == 3")
    files = f"from read_parquet('{out}/**/*.parquet')"
    query = f"select count(*) {files} where accelerator = 'h100-sxm5' and lifetime_years = 3"
    assert duckdb.sql(query).fetchall()[0][0] == len(rows)
    scanned = pl.scan_parquet(out / "**/*.parquet", hive_partitioning=True).filter(pl.col("accelerator") == "h100-sxm5")
    assert scanned.filter(pl.col("lifetime_years") == 3).collect().height == len(rows)
    assert len(pd.read_parquet(out)) == result.rows
    assert cs.verify(out).whole


@pytest.mark.parametrize("partition_by", [("accelerator",), ("lifetime_years", "devices")])
def test_any_axes_partition(partition_by: tuple[str, ...], tmp_path: Path) -> None:
    cs.run(_plan(partition_by=partition_by), tmp_path / "run")
    cs.run(_plan(), tmp_path / "flat")
    numbers = pd.read_parquet(tmp_path / "run")
    expected = pd.read_parquet(tmp_path / "flat")
    names = list(expected.columns)
    for frame in (numbers, expected):
        for name in names:
            frame[name] = frame[name].astype(str) if name == "accelerator" else frame[name].astype(float)
    pd.testing.assert_frame_equal(
        numbers[names].sort_values(names, ignore_index=True), expected.sort_values(names, ignore_index=True)
    )


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ({"partition_by": ["pue"]}, "partition_by: 'pue' is no axis of the plan"),
        ({"partition_by": ["tokens", "tokens"]}, "partition_by names an axis twice"),
        ({"partition_by": list(plans.LLAMA_CLASS["axes"])}, "leave one for the files themselves"),
        ({"file_size": "1 XB"}, "'1 XB' is not a size such as '256 MB'"),
        ({"file_size": "1 MB", "chunk_points": 5}, "give chunk_points or file_size, not both"),
        ({"compression": "lz4", "compression_level": 3}, "compression_level is for zstd"),
    ],
)
def test_bad_settings(output: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(cs.PlanError, match=message):
        cs.run(_plan(**output), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_files_have_about_the_size_asked_for(tmp_path: Path) -> None:
    cs.run(_plan({"carbon_intensity": {"linear": [20, 710, 240]}}, file_size="3 MB"), tmp_path / "run")
    sizes = [path.stat().st_size for path in (tmp_path / "run").glob("part-*.parquet")]
    assert len(sizes) > 4
    assert 1e6 < np.median(sizes) < 6e6


def test_row_groups_can_be_skipped_by_their_statistics(tmp_path: Path) -> None:
    """Rows are sorted by the outer axes, and the statistics of a row group say which values it has."""
    plan = _plan({"carbon_intensity": {"linear": [20, 710, 240]}}, row_group_points=16_384)
    cs.run(plan, tmp_path / "run")
    outer = content_of(tmp_path / "run")["loop_order"][0]
    groups, holding = 0, 0
    for path in (tmp_path / "run").glob("part-*.parquet"):
        metadata = pq.read_metadata(path)
        column = metadata.schema.to_arrow_schema().names.index(outer)
        for group in range(metadata.num_row_groups):
            statistics = metadata.row_group(group).column(column).statistics
            groups += 1
            first = plan.axes[outer].numbers()[0] if outer != "accelerator" else "v100-sxm2-32gb"
            holding += statistics.min <= first <= statistics.max
            assert metadata.row_group(group).num_rows <= 16_384
    assert groups > 40
    assert holding < groups / 2


def test_codecs(tmp_path: Path) -> None:
    """Lz4 unless a level of zstd or another codec is given."""
    settings = {"1": {"compression_level": 1}, "19": {"compression_level": 19}, "usual": {}}
    sizes = {name: cs.run(_plan(**output), tmp_path / name).bytes for name, output in settings.items()}
    assert sizes["19"] < sizes["1"]
    for name, codec in (("1", "ZSTD"), ("19", "ZSTD"), ("usual", "LZ4")):
        part = next((tmp_path / name).glob("part-*.parquet"))
        assert pq.read_metadata(part).row_group(0).column(0).compression == codec
        assert content(tmp_path / name) == content(tmp_path / "1")


def test_zstd_has_dictionaries_of_few_whole_numbers(tmp_path: Path) -> None:
    """It is slow on runs of small integers; of an axis of many values a dictionary would be large."""
    axes = {"layers": [16, 24, 32], "devices": {"integers": [1, 5000]}}
    shape = {"hidden_size": 2048, "attention_heads": 16, "vocabulary_size": 32_000}
    constants = {**shape, "tokens": 1e12, "hardware_efficiency": 0.4, "accelerator": "h100-sxm5"}
    encodings = {}
    for codec in ("zstd", "lz4"):
        output = {"quantities": ["training_days"], "compression": codec}
        cs.run(cs.Plan(axes=axes, constants=constants, output=output), tmp_path / codec)
        group = pq.read_metadata(next((tmp_path / codec).glob("part-*.parquet"))).row_group(0)
        columns = [group.column(index) for index in range(group.num_columns)]
        encodings[codec] = {one.path_in_schema: "RLE_DICTIONARY" in one.encodings for one in columns}
        assert {one.physical_type for one in columns[:2]} == {"INT64"}
    assert encodings["zstd"] == {"layers": True, "devices": False, "training_days": False}
    assert not any(encodings["lz4"].values())
    assert content(tmp_path / "zstd") == content(tmp_path / "lz4")


# --- verify and info -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    cs.run(_plan(chunk_points=30_000), out)
    return out


def test_verify_and_info_of_a_whole_run(finished: Path, command: Command) -> None:
    code, text, _ = command("verify", finished)
    assert code == 0
    assert "whole: sizes, row counts, checksums, columns, units, plan and equations agree with the manifest" in text
    code, text, _ = command("info", finished)
    assert code == 0
    for words in ("finished", "105,840", "total_carbon", "kgCO2e", "LLMCarbon Eq. 13", "training_days"):
        assert words in text, words


def test_a_part_that_describes_itself_otherwise_is_found(finished: Path, tmp_path: Path) -> None:
    """Its bytes agree with a manifest that was written anew, its plan or units do not."""
    for change in ("plan", "unit"):
        run = tmp_path / change
        shutil.copytree(finished, run)
        part = min(run.glob("part-*.parquet"))
        table = pq.read_table(part)
        if change == "plan":
            metadata = {**(table.schema.metadata or {}), b"carbonsweep": b'{"plan": {"title": "another"}}'}
            table = table.replace_schema_metadata(metadata)
        else:
            last = table.schema.names.index("total_carbon")
            grams = table.schema.field(last).with_metadata({b"unit": b"gCO2e"})
            table = table.cast(table.schema.set(last, grams))
        footer = pq.read_metadata(part).metadata
        own = {
            key: value for key, value in footer.items() if key not in (b"ARROW:schema", *(table.schema.metadata or {}))
        }
        with pq.ParquetWriter(part, table.schema) as writer:
            writer.write_table(table)
            writer.add_key_value_metadata(own)
        content = content_of(run)
        record = next(one for one in content["parts"] if one["file"] == part.name)
        record["bytes"], record["sha256"] = part.stat().st_size, hashlib.sha256(part.read_bytes()).hexdigest()
        write_manifest(manifest_of(run), json.dumps(content))
        (fault,) = cs.verify(run).faults
        assert fault.what == {"plan": "describes another plan", "unit": UNITS}[change]


UNITS = "its columns or units are not those of the manifest"


def test_a_manifest_of_another_plan_or_a_later_format_is_found(finished: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    content = content_of(run)
    write_manifest(manifest_of(run), json.dumps({**content, "plan": {**content["plan"], "title": "another"}}))
    assert [fault.what for fault in cs.verify(run).faults] == ["its plan is not the one of its hash"]
    write_manifest(manifest_of(run), json.dumps({**content, "format_version": 2}))
    with pytest.raises(StoreError, match=r"in a later format \(2, this release reads 1\)"):
        cs.verify(run)


def test_info_from_parquet_alone(finished: Path, tmp_path: Path, command: Command) -> None:
    """A single file that somebody sent: plan, version, columns with units."""
    whole = json.loads(command("info", finished, "--json")[1])
    part = min(finished.glob("part-*.parquet"))
    (tmp_path / "sent.parquet").write_bytes(part.read_bytes())
    alone = json.loads(command("info", tmp_path / "sent.parquet", "--json")[1])
    for key in ("plan", "plan_hash", "version", "title", "columns"):
        assert alone[key] == whole[key], key
    assert alone["rows"] == pq.read_metadata(part).num_rows
    (tmp_path / "run.partial").mkdir()
    (tmp_path / "run.partial" / part.name).write_bytes(part.read_bytes())
    text = command("info", tmp_path / "run")[1]
    assert "unfinished, in" in text


def test_info_of_a_partitioned_run_has_all_columns(tmp_path: Path) -> None:
    cs.run(_plan(partition_by=["accelerator"]), tmp_path / "run")
    names = {column["name"] for column in cs.info(tmp_path / "run")["columns"]}
    assert names == {column.name for column in pq.read_schema(_flat(tmp_path))}


def _flat(tmp_path: Path) -> Path:
    cs.run(_plan(), tmp_path / "flat")
    return next((tmp_path / "flat").glob("part-*.parquet"))


def test_what_is_no_run(tmp_path: Path, command: Command) -> None:
    (tmp_path / "other.parquet").write_bytes(b"PAR1")
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "frame.parquet")
    for word, name in (("verify", "none"), ("info", "none"), ("info", "other.parquet"), ("info", "frame.parquet")):
        code, printed, error = command(word, tmp_path / name)
        assert (code, printed) == (2, ""), (word, name)
        assert error.startswith("error: ")
        assert error.count("\n") == 1


def test_a_file_too_many_is_found(finished: Path, tmp_path: Path, command: Command) -> None:
    shutil.copytree(finished, tmp_path / "run")
    extra = min((tmp_path / "run").glob("part-*.parquet"))
    (tmp_path / "run" / "copy.parquet").write_bytes(extra.read_bytes())
    code, text, _ = command("verify", tmp_path / "run", "--json")
    assert code == 1
    assert [fault["file"] for fault in json.loads(text)["faults"]] == ["copy.parquet"]


@pytest.mark.parametrize(
    "text", ['{"format": "carbonsweep-run"}', '{"format": "carbonsweep-run", "segments": 1, "parts": {}}', "[1]", "{"]
)
def test_a_manifest_that_is_none(text: str, finished: Path, tmp_path: Path, command: Command) -> None:
    shutil.copytree(finished, tmp_path / "run")
    write_manifest(manifest_of(tmp_path / "run"), text)
    code, printed, error = command("verify", tmp_path / "run")
    assert (code, printed) == (2, "")
    assert "_manifest.parquet is " in error
    assert "unfinished" in command("info", tmp_path / "run")[1]  # from the parts themselves


@pytest.mark.parametrize("way", ["../run/", "/etc/", "x=1/../", "./"])
def test_a_manifest_whose_names_lead_elsewhere(way: str, finished: Path, tmp_path: Path, command: Command) -> None:
    shutil.copytree(finished, tmp_path / "run")
    content = content_of(tmp_path / "run")
    content["parts"][0]["file"] = way + content["parts"][0]["file"]
    write_manifest(manifest_of(tmp_path / "run"), json.dumps(content))
    code, printed, error = command("verify", tmp_path / "run")
    assert (code, printed) == (2, "")
    assert "_manifest.parquet is not the manifest of a carbonsweep run: parts.0.file" in error


def _files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith(("part-", "_manifest")))


@pytest.mark.parametrize("how", ["resume", "extend", "overwrite"])
def test_files_of_the_user_stay_where_they_are(how: str, tmp_path: Path) -> None:
    out = tmp_path / "run"
    cs.run(_grown(2), out)
    (out / "notes.md").write_text("mine")
    (out / "draft.tmp").write_text("mine too")
    (out / "figures").mkdir()
    (out / "figures" / "front.svg").write_text("<svg/>")
    cs.run(_grown(1), out / "before")
    if how == "resume":
        next(out.glob("part-*")).unlink()
    cs.run(_grown(3 if how == "extend" else 2), out, **{how: True})
    assert _files(out) == ["before", "draft.tmp", "figures", "notes.md"]
    assert (out / "figures" / "front.svg").read_text() == "<svg/>"
    # Another run inside is left alone too, though readers of the folder would take it for a part of this one.
    assert cs.verify(out / "before").whole
    assert [fault.file.partition("/")[0] for fault in cs.verify(out).faults] == ["before"]
    assert _files(tmp_path) == ["run"]


def test_a_folder_that_only_sounds_like_ours_is_not_touched(tmp_path: Path) -> None:
    out = tmp_path / "run"
    cs.run(_grown(2), out)
    for name in ("run.replaced", "run.replaced-0123abcd"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.tex").write_text("mine")
    cs.run(_grown(2), out, overwrite=True)
    assert _files(tmp_path) == ["run", "run.replaced", "run.replaced-0123abcd"]
    assert all((tmp_path / name / "thesis.tex").exists() for name in ("run.replaced", "run.replaced-0123abcd"))


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "link").symlink_to("scratch")
    for how in ({}, {"overwrite": True}):
        cs.run(_grown(2), tmp_path / "link", **how)
        assert (tmp_path / "link").is_symlink()
        assert cs.verify(tmp_path / "scratch").whole
        assert _files(tmp_path) == ["link", "scratch"]


@pytest.mark.parametrize("out", [".", "../here", "/"])
def test_the_folder_of_the_command_is_refused(out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(cs.StoreError, match="give the run a folder of its own"):
        cs.run(_grown(2), out)
    assert _files(tmp_path / "here") == []


def _grown(days: int) -> cs.Plan:
    return cs.Plan(
        axes={"training_days": {"integers": [1, days]}, "carbon_intensity": {"linear": [20, 700, 50]}},
        constants={"devices": 512, "device_power": 700, "pue": 1.1},
        output={"quantities": ["facility_energy", "operational_carbon"], "chunk_points": 50},
    )
