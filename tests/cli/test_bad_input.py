"""Bad input: one line that names file, key, value and remedy; exit code 2; no traceback; nothing written."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

Command = Callable[..., tuple[int, str, str]]

GOOD = """
[axes]
parameters = [1e9, 2e9]
tokens = { geom = [1e11, 1e12, 3] }
[output]
quantities = ["test_loss"]
"""


def _plan(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


PLANS = {
    "unknown key": (GOOD + "\n[outputs]\nx = 1", "plan.toml: unknown key 'outputs'; did you mean 'output'?"),
    "unknown key in a table": (
        GOOD.replace("quantities", "quantites"),
        "plan.toml: unknown key 'output.quantites'; did you mean 'quantities'?",
    ),
    "unknown form of axis": (
        GOOD.replace("geom", "geometric"),
        "plan.toml: unknown key 'axes.tokens.geometric'; did you mean 'geom'?",
    ),
    "unknown quantity": (
        GOOD.replace("test_loss", "test_los"),
        "output.quantities[0]: unknown quantity 'test_los'; did you mean 'test_loss'",
    ),
    "unknown axis": (
        GOOD.replace("tokens", "tokenz"),
        "plan.toml: axes.tokenz: unknown input 'tokenz'; did you mean 'tokens'",
    ),
    "unknown model": (
        GOOD.replace("parameters = [1e9, 2e9]", 'model = ["gpt3-175"]'),
        "plan.toml: axes.model: no row 'gpt3-175' in catalog models; did you mean 'gpt3-175b'",
    ),
    "unknown accelerator": (
        GOOD + '[constants]\naccelerator = "H1000"',
        "plan.toml: constants.accelerator: no row 'H1000' in catalog accelerators; see `carbonsweep",
    ),
    "unknown variant": (
        GOOD + '[equations]\ntest_loss = "hofman"',
        "plan.toml: equations: test_loss has no variant 'hofman'",
    ),
    "wrong catalog": (
        GOOD.replace("parameters = [1e9, 2e9]", 'model = { catalog = "regions" }'),
        "axes.model: model takes rows of catalog 'models', not 'regions'",
    ),
    "filter without rows": (
        GOOD.replace("parameters = [1e9, 2e9]", "model = { catalog = 'models', where = \"family == 'lama'\" }"),
        "axes.model: no row of catalog models meets the filter; loosen `where`",
    ),
    "filter on an unknown column": (
        GOOD.replace("parameters = [1e9, 2e9]", "model = { catalog = 'models', where = \"famly == 'llama'\" }"),
        "axes.model.where: unknown name 'famly' in \"famly == 'llama'\"; did you mean 'family'?",
    ),
    "filter that calls": (
        GOOD.replace("parameters = [1e9, 2e9]", "model = { catalog = 'models', where = \"open('x')\" }"),
        "axes.model.where: a call is not allowed",
    ),
    "empty axis": (GOOD.replace("[1e9, 2e9]", "[]"), "axes.parameters: the axis is empty; give it at least one value"),
    "empty names": (
        GOOD.replace("parameters = [1e9, 2e9]", "model = { catalog = 'models', names = [] }"),
        "axes.model.names: the list is empty",
    ),
    "empty range": (
        GOOD.replace("{ geom = [1e11, 1e12, 3] }", "{ integers = [5, 1] }"),
        "axes.tokens: the range holds no value",
    ),
    "duplicate value": (GOOD.replace("2e9]", "1000000000]"), "axes.parameters: value 1e+09 is given twice; remove one"),
    "duplicate row": (
        GOOD.replace("parameters = [1e9, 2e9]", 'model = ["gpt3-175b", "GPT-3"]'),
        "axes.model: 'gpt3-175b' is given twice",
    ),
    "NaN": (GOOD.replace("2e9]", "nan]"), "plan.toml: axes.parameters"),
    "negative": (GOOD.replace("2e9]", "-2e9]"), "axes.parameters: -2e+09 is outside (0, inf), the valid range of"),
    "zero": (GOOD.replace("1e9,", "0,"), "axes.parameters: 0 is outside (0, inf), the valid range of parameters"),
    "out of range": (
        GOOD + "[constants]\npue = 0.9",
        "constants.pue: 0.9 is outside [1, inf), the valid range of pue",
    ),
    "efficiency in percent": (
        GOOD + "[constants]\nhardware_efficiency = 45",
        "constants.hardware_efficiency: 45 is outside (0, 1]",
    ),
    "fraction where whole": (
        GOOD + "[constants]\nlayers = 2.5",
        "constants.layers: 2.5 is not a whole number; layers must be one",
    ),
    "text where a number belongs": (
        GOOD.replace("2e9]", '"big"]'),
        "axes.parameters: 'big' is text; parameters is a number (parameter), for example 70e9 or 70B",
    ),
    "text constant": (GOOD + '[constants]\npue = "high"', "constants.pue: 'high' is text; pue is a number (1)"),
    "unknown choice": (
        GOOD + '[constants]\nprecision = "fp64"',
        "constants.precision: precision has no choice 'fp64'; did you mean 'fp16'",
    ),
    "axis and constant": (GOOD + "[constants]\ntokens = 1e9", "'tokens' is both an axis and a constant; remove one"),
    "no axes": (
        GOOD.replace("[axes]", "[constants]").replace("[1e9, 2e9]", "1e9").replace("{ geom = [1e11, 1e12, 3] }", "1e9"),
        "the plan has no axes",
    ),
    "no output": ("[axes]\nparameters = [1e9]", "plan.toml: missing key 'output'"),
    "geom from zero": (
        GOOD.replace("[1e11, 1e12, 3]", "[0, 1e12, 3]"),
        "axes.tokens: geom needs first and last above zero",
    ),
    "no power of two": (
        GOOD.replace("{ geom = [1e11, 1e12, 3] }", "{ powers_of_two = [100, 200] }"),
        "axes.tokens: powers_of_two must begin at a power of two, got 100",
    ),
    "two forms": (
        GOOD.replace("{ geom = [1e11, 1e12, 3] }", "{ linear = [1, 2, 3], geom = [1e11, 1e12, 3] }"),
        "axes.tokens: give exactly one of values, linear, geom",
    ),
    "missing dependency": (
        GOOD.replace('"test_loss"', '"operational_carbon"'),
        "operational_carbon needs",
    ),
    "cyclic dependency": (
        '[axes]\ntokens = [1e9]\n[equations]\nparameters = "compute_optimal"\n[output]\nquantities = ["test_loss"]',
        "cyclic dependency",
    ),
    "constraint that calls": (
        GOOD + '[constraints]\ntest_loss = "<= f(2)"',
        "constraints.test_loss: a call is not allowed in 'test_loss <= f(2)'",
    ),
    "constraint with an attribute": (
        GOOD + '[constraints]\nwhere = "tokens.real > 1"',
        "constraints.where: attribute access is not allowed",
    ),
    "constraint without a sign": (
        GOOD + '[constraints]\ntest_loss = "2"',
        "constraints.test_loss: constraint '2' must begin with a comparison sign, for example test_loss = '<= 90'",
    ),
    "constraint on an unknown name": (
        GOOD + '[constraints]\ntraning_days = "<= 90"',
        "constraints: unknown quantity 'traning_days'; did you mean 'training_days'",
    ),
    "constraint with text": (
        GOOD + "[constraints]\nwhere = \"tokens == 'x'\"",
        "constraints.where: text 'x' in",
    ),
    "objective not written": (
        GOOD.replace("[output]", '[output]\nminimize = "training_flops"'),
        "output.training_flops is optimised but not written; add it to quantities",
    ),
    "a blank cell that is needed": (
        '[axes]\naccelerator = ["inferentia2", "h100-sxm5"]\n[constants]\nparameters = 1e9\ntokens = 1e9\n'
        '[output]\nquantities = ["embodied_carbon"]',
        "accelerator inferentia2 has no",
    ),
    "catalog file that is not there": (
        GOOD + '[catalogs]\nmodels = "mine.csv"\n[constants]\nmodel = "x"',
        "cannot read the catalog",
    ),
    "unknown catalog": (
        GOOD + '[catalogs]\nmodel = "x.csv"',
        "catalogs: unknown catalog 'model'; did you mean 'models'",
    ),
    "malformed TOML": ("[axes]\nparameters = [1e9,, 2e9]", "plan.toml: not valid TOML:"),
}


@pytest.mark.parametrize("name", PLANS)
def test_plan(name: str, tmp_path: Path, command: Command) -> None:
    text, message = PLANS[name]
    out = tmp_path / "out"
    for arguments in (["check", _plan(tmp_path, text)], ["run", _plan(tmp_path, text), "--out", out]):
        code, printed, error = command(*arguments)
        assert code == 2
        assert printed == ""
        assert error.startswith("error: ")
        assert error.count("\n") == 1
        assert message in error
        assert "Traceback" not in error
        assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.toml"]


def test_malformed_toml_names_line_and_column(tmp_path: Path, command: Command) -> None:
    _, _, error = command("check", _plan(tmp_path, "[axes]\nparameters = [1e9,, 2e9]"))
    assert "at line 2, column 19" in error


def test_plan_that_is_no_text(tmp_path: Path, command: Command) -> None:
    (tmp_path / "plan.toml").write_bytes(b"title = '\xff'")
    code, _, error = command("check", tmp_path / "plan.toml")
    assert code == 2
    assert "not UTF-8 text" in error


def test_plan_that_is_not_there(tmp_path: Path, command: Command) -> None:
    code, _, error = command("check", tmp_path / "none.toml")
    assert code == 2
    assert "none.toml: cannot read the plan: No such file or directory" in error


HUGE = """
[axes]
parameters = { geom = [1e9, 1e12, 100000] }
tokens = { geom = [1e9, 1e13, 100000] }
pue = { linear = [1, 2, 100000] }
[output]
quantities = ["test_loss", "training_flops"]
"""


def test_a_grid_too_large_to_write(tmp_path: Path, command: Command) -> None:
    """10^15 points: refused before anything is written, with the size and what to do; `check` still works."""
    plan = _plan(tmp_path, HUGE)
    code, _, error = command("run", plan, "--out", tmp_path / "out")
    assert code == 2
    assert "1e+15 points would need about" in error
    assert "PB" in error
    assert "shorten axes" in error
    assert not (tmp_path / "out").exists()
    assert command("check", plan)[0] == 0


def test_a_grid_too_large_to_number(tmp_path: Path, command: Command) -> None:
    more = HUGE.replace("[output]", "carbon_intensity = { linear = [1, 2, 100000] }\n[output]")
    code, _, error = command("check", _plan(tmp_path, more))
    assert code == 2
    assert "more than a 64-bit index can number" in error


def test_a_frame_too_large_for_memory(tmp_path: Path) -> None:
    import carbonsweep as cs

    with pytest.raises(cs.PlanError, match="1e\\+15 points would need about .* of memory; use run"):
        cs.to_pandas(cs.Plan.load(_plan(tmp_path, HUGE)))


def test_an_output_folder_that_exists(tmp_path: Path, command: Command) -> None:
    plan, out = _plan(tmp_path, GOOD), tmp_path / "out"
    out.mkdir()
    (out / "precious.txt").write_text("keep")
    code, _, error = command("run", plan, "--out", out)
    assert code == 2
    assert f"{out}: exists and is not a carbonsweep run, so it is never overwritten" in error
    code, _, error = command("run", plan, "--out", out, "--overwrite")
    assert code == 2
    assert "is not a carbonsweep run, so it is never overwritten" in error
    assert (out / "precious.txt").read_text() == "keep"


def test_an_output_place_that_is_no_folder(tmp_path: Path, command: Command) -> None:
    (tmp_path / "file").write_text("x")
    code, _, error = command("run", _plan(tmp_path, GOOD), "--out", tmp_path / "file" / "out")
    assert code == 2
    assert f"{tmp_path / 'file' / 'out'}.partial: cannot write here: Not a directory; choose a folder" in error


ESTIMATES = {
    ("tokens",): "'tokens' is not KEY=VALUE, for example tokens=300e9",
    ("tokens=1e9", "tokens=2e9"): "tokens is given twice",
    ("tokenz=1e9",): "unknown input 'tokenz'; did you mean 'tokens'",
    ("tokens=many",): "'many' is text; tokens is a number",
    ("tokens=nan",): "nan is outside",
    ("model=gpt3-175",): "no row 'gpt3-175' in catalog models",
    ("tokens=1e9", "-q", "test_los"): "unknown quantity 'test_los'; did you mean 'test_loss'",
    ("tokens=1e9", "-q", "test_loss"): "test_loss needs",
    ("model=gpt3-175b", "-e", "parameters"): "'parameters' is not KEY=VALUE",
    ("model=gpt3-175b", "-e", "parameters=guess"): "parameters has no variant 'guess'",
    ("tokens=1e9", "-c", "models"): "--catalog 'models' is not NAME=FILE",
}


@pytest.mark.parametrize("arguments", ESTIMATES)
def test_estimate(arguments: tuple[str, ...], command: Command) -> None:
    code, printed, error = command("estimate", *arguments)
    assert code == 2
    assert printed == ""
    assert error.count("\n") == 1
    assert ESTIMATES[arguments] in error


def test_unknown_catalog_and_equation(command: Command) -> None:
    assert "no catalog 'modles'; did you mean 'models'" in command("catalog", "modles")[2]
    assert "unknown quantity 'test_los'" in command("equations", "test_los")[2]
    assert "catalog: --where: unknown name 'yaer'" in command("catalog", "models", "--where", "yaer > 2020")[2]


def test_a_faulty_user_catalog_is_named_by_file_line_and_column(tmp_path: Path, command: Command) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text("id,n_layers,d_model\nnew,12,many\n")
    plan = _plan(tmp_path, GOOD + '[catalogs]\nmodels = "mine.csv"\n[constants]\nmodel = "new"')
    code, _, error = command("check", plan)
    assert code == 2
    assert f"{mine}: line 2: column 'd_model': 'many' is not a number" in error


@pytest.mark.parametrize("redirect", ["> /dev/full", ">&-", ">&- 2>&-", "| head -c 10"])
def test_output_that_cannot_be_written(redirect: str) -> None:
    command = [sys.executable, "-c", "from carbonsweep.cli.main import main; main()", "catalog", "models"]
    done = subprocess.run(
        ["sh", "-c", f"{shlex.join(command)} {redirect}"], capture_output=True, text=True, check=False
    )
    full = redirect == "> /dev/full"
    assert done.returncode == (2 if full else 0)
    assert done.stderr == ("error: cannot write to standard output: No space left on device\n" if full else "")


EVIL = ["[/red]", "[bold]x[/bold]", "=cmd|' /C calc'!A0", "@here", ":smile:"]


def test_words_of_terminals_and_spreadsheets_are_text(command: Command, tmp_path: Path) -> None:
    rows = "".join(f"{name},{number},1.1\n" for number, name in enumerate(EVIL, 100))
    (tmp_path / "own.csv").write_text(f"\ufeffid,ci_g_per_kwh,pue\n{rows}", encoding="utf-8")
    (tmp_path / "plan.toml").write_text(
        f'\ufefftitle = "[/] [red]evil[/red]"\n[axes]\nregion = {EVIL}\n[constants]\nhardware_energy = 100\n'
        '[catalogs]\nregions = "own.csv"\n[output]\nquantities = ["operational_carbon"]\n',
        encoding="utf-8",
    )
    code, out, error = command(
        "search", tmp_path / "plan.toml", "--minimize", "operational_carbon", "--out", tmp_path / "best.csv"
    )
    assert code == 0, error
    assert all(name in out for name in EVIL)
    assert command("check", tmp_path / "plan.toml")[0] == 0
    written = pd.read_csv(tmp_path / "best.csv")["region"].tolist()
    assert written == [f"'{name}" if name[0] in "=@" else name for name in EVIL]


@pytest.mark.parametrize(
    "line", [f"tokens = {'1' * 5000}", f'tokens = "{"1" * 5000} + 1"', "tokens = true", "tokens = \"tokens * 'a'\""]
)
def test_numbers_that_are_none(line: str, command: Command, tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(
        f'[axes]\nparameters = [1e9, 2e9]\n[constants]\n{line}\n[output]\nquantities = ["training_flops"]\n'
    )
    code, out, error = command("check", tmp_path / "plan.toml")
    assert (code, out) == (2, "")
    assert error.startswith(f"error: {tmp_path / 'plan.toml'}: ")
    assert len(error.splitlines()) == 1
    assert len(error) < 600
