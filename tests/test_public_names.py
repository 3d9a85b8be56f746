"""The names behind `import carbonsweep as cs`, and what their results show of themselves."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

import carbonsweep as cs
from carbonsweep.foundation.results import Result
from carbonsweep.reductions import best, pareto

PLAN = {
    "axes": {"parameters": [1e9, 2e9], "tokens": [1e11, 2e11]},
    "output": {"quantities": ["test_loss", "training_flops"], "minimize": "test_loss"},
}


def test_type_checkers_see_the_table_of_names() -> None:
    tree = ast.parse(Path(cs.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    seen = {
        alias.asname: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    assert seen == {name: f"carbonsweep.{home}" for name, home in cs._HOMES.items()}
    for name in cs.__all__:
        assert getattr(cs, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'serach'"):
        _ = cs.serach


def test_search_and_pareto_have_one_signature_and_docstring() -> None:
    for public, own in ((cs.search, best.search), (cs.pareto, pareto.pareto)):
        assert inspect.signature(public) == inspect.signature(own)
        assert public.__doc__ == own.__doc__
    assert list(cs.search(cs.Plan(**PLAN), top=1).columns) == [*PLAN["axes"], *PLAN["output"]["quantities"]]


def _results(folder: Path) -> list[Result]:
    from carbonsweep.configuration.estimate import evaluate_configuration
    from carbonsweep.store.check import check

    plan = cs.Plan(**PLAN)
    site = {"carbon_intensity": 10, "pue": 1.0}
    return [
        check(plan, str(folder)),
        cs.run(plan, folder / "run"),
        cs.verify(folder / "run"),
        cs.info(folder / "run"),
        best.search(plan),
        cs.marginals(plan, quantity="test_loss", by="tokens"),
        cs.place("mit", "40%", **site),
        evaluate_configuration({"parameters": 1e9, "tokens": 1e11}),
        cs.explain(parameters=1e9, tokens=1e11, quantity="test_loss"),
    ]


def test_results_show_themselves(tmp_path: Path) -> None:
    from rich.console import Console

    for result in _results(tmp_path):
        json.dumps(result.to_dict())
        screen = Console(width=200)
        with screen.capture() as capture:
            screen.print(result)
        text = capture.get()
        assert len(text) > 20
        assert result._repr_html_().startswith("<pre>")


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        (["--help"], {"numpy", "pandas", "pyarrow"}),
        (["run", "{plan}", "--out", "{out}"], {"pandas", "distributed", "polars"}),
        (["search", "{plan}"], {"polars", "distributed"}),
        (["estimate", "parameters=1e9", "tokens=1e11"], {"pandas", "pyarrow", "numba"}),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_commands_import_only_what_they_use(words: list[str], absent: set[str], tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text(
        '[axes]\nparameters = [1e9, 2e9]\ntokens = [1e11]\n[output]\nquantities = ["test_loss"]\n'
        'minimize = "test_loss"\n',
        encoding="utf-8",
    )
    line = ["carbonsweep", *(word.format(plan=plan, out=tmp_path / "run") for word in words)]
    script = (
        f"import sys; sys.argv = {line!r}\nfrom carbonsweep.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code\n"
        f"found = {absent!r} & set(sys.modules)\nassert not found, found"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
