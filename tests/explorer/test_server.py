"""Who is let in, what may be asked, and that nothing is written and no other file is read."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import carbonsweep as cs
from carbonsweep.explorer.explore import Explorer
from carbonsweep.explorer.server import STATIC, TOKEN
from carbonsweep.foundation.errors import PlanError, StoreError
from tests.explorer.conftest import Caller
from tests.pictures.conftest import FORMULA, HOSTILE, plan


def test_only_who_has_the_token_is_let_in(caller: Caller) -> None:
    server = caller.explorer.server
    assert server.server_address[0] == "127.0.0.1"
    page = f"/?token={server.token}"
    for path in ("/", "/explore.js", "/?token=", "/?token=wrong", "/land-110m.json"):
        assert caller("GET", path)[0] == 403, path
    assert caller("GET", page)[0] == 200
    assert caller("GET", "/", Cookie=f"carbonsweep-{server.port}={server.token}")[0] == 200
    assert caller("GET", "/", Cookie=f"carbonsweep-{server.port + 1}={server.token}")[0] == 403
    place = server.url_for_once().partition(str(server.port))[2]
    assert place != page
    assert caller("GET", place)[0] == 200
    assert caller("GET", place)[0] == 403
    # A name that was rebound to this machine, and pages of other origins, also those of other ports.
    assert caller("GET", page, Host=f"evil.example:{server.port}")[0] == 403
    assert caller("GET", page, Host=None)[0] == 403
    assert caller("GET", page, Origin="http://evil.example")[0] == 403
    question = b'{"filters": []}'
    assert caller("POST", "/ask/top", question)[0] == 200
    cookie = f"carbonsweep-{server.port}={server.token}"
    for headers in (
        {"Host": f"evil.example:{server.port}"},
        {"Origin": "http://evil.example"},
        {"Origin": f"http://127.0.0.1:{server.port + 1}"},
        {"Origin": "null"},
        {"Origin": None},
        {TOKEN: "wrong"},
        {TOKEN: None, "Cookie": cookie},
    ):
        assert caller("POST", "/ask/top", question, **headers)[0] == 403, headers


def test_only_files_of_the_page_are_served(caller: Caller) -> None:
    token = caller.explorer.server.token
    for path in ("/../server.py", "/%2e%2e/server.py", "/etc/passwd", "/index.html", "//etc/passwd", "/explore.js/.."):
        assert caller("GET", f"{path}?token={token}")[0] == 404, path
    for method in ("PUT", "DELETE", "OPTIONS"):
        assert caller(method, "/")[0] == 501


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from glob('/etc/*')",
        "select * from read_parquet('{run}/_manifest.parquet')",
        "select * from read_csv('http://127.0.0.1:{port}/')",
        "copy (select 1) to '{run}/new.csv'",
        "copy points to '{run}/new.parquet' (format parquet)",
        "attach '{run}/new.duckdb'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "reset lock_configuration",
        "create table mine as select 1",
        "create or replace view points as select 1",
        "drop view points",
        "insert into points select * from points",
        "pragma database_list",
        "export database '{run}/new'",
        "call pragma_version()",
        "select 1; select 2",
        "select 1; drop view points",
        "select * from rows",
        "select * from server",
        "explain analyze select 1",
        "",
        "selec 1",
    ],
)
def test_what_is_no_select_over_the_run_is_refused(query: str, caller: Caller, runs: dict[str, str]) -> None:
    before = sorted(Path(runs["one"]).rglob("*"))
    text = query.format(run=runs["one"], port=caller.explorer.server.port)
    for path, given in (("/ask/sql", {}), ("/query", {"type": "arrow"}), ("/query", {"type": "exec"})):
        status, answer = caller.ask(path, sql=text, **given)
        assert status == 422, answer
        assert answer["error"]
        assert "\n" not in answer["error"]
    # Also as what a table is prepared by.
    for made in ("mosaic.preagg_1f", "mosaic.preagg_2 ", "main.mine", "mosaic.points"):
        assert caller.ask("/query", sql=f"CREATE TABLE IF NOT EXISTS {made} AS {text}", type="exec")[0] == 422
    assert sorted(Path(runs["one"]).rglob("*")) == before
    assert caller.ask("/ask/sql", sql="select count(*) > 0 from points")[1]["rows"] == [[True]]


def test_mosaic_prepares_tables_in_memory_alone(caller: Caller, runs: dict[str, str]) -> None:
    made = "CREATE TABLE IF NOT EXISTS mosaic.preagg_a1b2 AS SELECT devices, count(*) AS n FROM points GROUP BY ALL"
    assert caller.ask("/query", type="exec", sql=f"CREATE SCHEMA IF NOT EXISTS mosaic;\n{made}")[0] == 200
    status, content = caller("POST", "/query", b'{"type": "arrow", "sql": "select * from mosaic.preagg_a1b2"}')
    assert status == 200
    with pa.ipc.open_stream(content) as stream:
        found = dict(zip(*stream.read_all().to_pydict().values(), strict=True))
    counted = duckdb.sql(f"select devices, count(*) from read_parquet('{runs['one']}/part-*.parquet') group by 1")
    assert found == dict(counted.fetchall())


def test_a_long_query_is_broken_off_and_a_long_answer_cut(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carbonsweep.explorer.database.SQL_SECONDS", 0.3)
    status, answer = caller.ask(
        "/ask/sql", sql="select sum(hash(a.range + b.range)) from range(1000000) a, range(1000000) b"
    )
    assert status == 422
    assert "longer than 0.3 s" in answer["error"]
    status, answer = caller.ask("/ask/sql", sql="select * from range(5000)")
    assert (status, len(answer["rows"]), answer["more"]) == (200, 1000, True)


def test_questions_that_do_not_fit_are_refused(caller: Caller) -> None:
    for path, given in (
        ("/ask/none", {}),
        ("/ask/top", {"filters": [{"name": "passwd", "low": 1, "high": 2}]}),
        ("/ask/top", {"filters": [{"name": "total_carbon", "low": "1) or (1=1", "high": 2}]}),
        ("/ask/top", {"filters": [{"name": "accelerator", "values": [1]}]}),
        ("/ask/top", {"filters": [{"name": "accelerator", "values": []}]}),
        ("/ask/top", {"filters": 7}),
        ("/ask/top", {"filters": [{"name": ["devices"], "low": 1, "high": 2}]}),
        ("/ask/front", {"x": "accelerator", "y": "total_carbon"}),
        ("/ask/near", {"x": "devices", "y": "total_carbon"}),
        ("/ask/tornado", {"point": {"devices": 64}}),
        ("/ask/explain", {"point": {}, "quantity": "total_carbon"}),
    ):
        status, answer = caller.ask(path, **given)
        assert status == 422, path
        assert answer["error"].count("\n") == 0
    assert caller("POST", "/ask/top", b"[]")[0] == 400
    assert caller("POST", "/ask/top", b"{")[0] == 400
    assert caller("POST", "/ask/top", b"{}", Content_Length=str(1 << 21))[0] == 413


def test_answers_are_those_of_the_rows(caller: Caller, runs: dict[str, str]) -> None:
    files = f"read_parquet('{runs['one']}/part-*.parquet')"
    status, facts = caller.ask("/ask/facts")
    assert status == 200
    assert facts["title"] == HOSTILE
    columns = {one["name"]: one for one in facts["columns"]}
    assert columns["devices"]["values"] == [64, 128, 256, 512, 1024]
    assert FORMULA in columns["accelerator"]["values"]
    (lows,) = duckdb.sql(f"select min(total_carbon), max(total_carbon) from {files}").fetchall()
    # Ranges are those of both runs: the other has fewer tokens and less carbon.
    assert columns["total_carbon"]["low"] < lows[0]
    assert columns["total_carbon"]["high"] == lows[1]
    filters = [
        {"name": "accelerator", "values": [FORMULA, "b200"]},
        {"name": "devices", "low": 100.0, "high": 600.0},
    ]
    where = f"accelerator in ('{FORMULA}', 'b200') and devices between 100 and 600"
    axes = "accelerator, region, devices, lifetime_years"
    chosen = duckdb.sql(f"select * from {files} where {where} order by total_carbon, {axes}").fetchall()
    status, top = caller.ask("/ask/top", filters=filters)
    assert [tuple(row.values()) for row in top["rows"]] == chosen[:20]
    status, places = caller.ask("/ask/map", filters=filters)
    best = duckdb.sql(f"select region, min(total_carbon) from {files} where {where} group by 1").fetchall()
    known = {place["region"]: place["value"] for place in places["places"]}
    assert set(known.items()) <= set(best)
    assert len(known) == 3
    status, front = caller.ask("/ask/front", filters=filters, x="training_days", y="total_carbon")
    assert (front["rows"], front["best"]) == (len(chosen), chosen[0][-1])
    pairs = [(row["training_days"], row["total_carbon"]) for row in front["points"]]
    every = duckdb.sql(f"select distinct training_days, total_carbon from {files} where {where}").fetchall()
    assert set(pairs) == {
        one for one in every if not any(o != one and o[0] <= one[0] and o[1] <= one[1] for o in every)
    }
    assert front["second"]
    nothing = [{"name": "devices", "low": 2.0, "high": 3.0}]
    empty = caller.ask("/ask/front", filters=nothing, x="training_days", y="total_carbon")[1]
    assert (empty["rows"], empty["best"], empty["points"]) == (0, None, [])
    assert caller.ask("/ask/top", filters=nothing)[1] == {"rows": []}
    point = top["rows"][0]
    near = {"x": "training_days", "y": "total_carbon", "low_x": 0.0, "high_x": 10.0, "low_y": 1.0, "high_y": 1e6}
    place = {"at_x": point["training_days"], "at_y": point["total_carbon"], "log_x": False, "log_y": True}
    assert caller.ask("/ask/near", filters=filters, **near, **place)[1] == point
    status, tornado = caller.ask("/ask/tornado", point=point)
    assert tornado["value"] == point["total_carbon"]
    (arm,) = (one for one in tornado["arms"] if one["axis"] == "lifetime_years")
    held = " and ".join(f"{name} = '{point[name]}'" for name in ("accelerator", "region", "devices"))
    along = duckdb.sql(f"select lifetime_years, total_carbon from {files} where {held} order by 2").fetchall()
    assert [tuple(pair) for pair in arm["values"]] == along
    status, explained = caller.ask("/ask/explain", point=point, quantity="total_carbon")
    assert explained["tree"]["value"] == pytest.approx(point["total_carbon"], rel=1e-9)
    assert {part["name"] for part in explained["tree"]["parts"]} == {"operational_carbon", "embodied_carbon"}
    status, comparison = caller.ask("/ask/compare")
    assert not comparison["same"]
    (carbon,) = (one for one in comparison["common"] if one["quantity"] == "total_carbon")
    assert carbon["different"] > 0


def test_a_selection_is_copied_as_what_gives_it_again(caller: Caller, runs: dict[str, str], tmp_path: Path) -> None:
    import tomllib

    import pandas as pd

    filters = [
        {"name": "accelerator", "values": [FORMULA]},
        {"name": "total_carbon", "low": 1.0, "high": 123456.789012345},
        {"name": "training_days", "low": 0.5, "high": 9.5},
    ]
    status, text = caller.ask("/ask/copy", filters=filters)
    assert status == 200
    found = duckdb.sql(text["sql"]).fetchall()
    assert found
    scope: dict[str, pd.DataFrame] = {}
    exec(text["python"], scope)  # noqa: S102  (what the page gives its user to run)
    assert len(scope["rows"]) == len(found)
    tables = tomllib.loads(text["toml"])
    given = plan(tmp_path).model_dump(exclude_unset=True)
    given["axes"] |= tables["axes"]
    given["constraints"] |= tables["constraints"]
    again = cs.run(cs.Plan(**given), tmp_path / "again")
    assert again.rows == len(found)


def test_plans_and_refusals(tmp_path: Path, runs: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    small = cs.Plan(
        axes={"parameters": [1e9, 2e9, 4e9], "tokens": [1e11, 2e11]},
        output={"quantities": ["test_loss", "training_flops"], "minimize": "training_flops"},
    )
    with cs.run(small, tmp_path / "a*[b]'").explore() as found:
        assert found.server.answers.answer("sql", {"sql": "select count(*) from points"})["rows"] == [[6]]
        assert "<iframe" in found._repr_html_()
        assert found.server.token in repr(found)
    with cs.explore(small) as found:
        assert found.server.answers.facts["rows"] == 6
        port = found.server.port
        with pytest.raises(StoreError, match=f"port {port}: "):
            cs.explore(runs["one"], port=port)
    monkeypatch.setattr("carbonsweep.explorer.database.MOST_POINTS", 5)
    with pytest.raises(PlanError, match="has 6 points, about .*then explore DIR"):
        cs.explore(small)


def test_of_many_rows_a_sample_is_drawn(runs: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carbonsweep.explorer.database.MOST_ROWS", 50)
    monkeypatch.setattr("carbonsweep.explorer.database.SAMPLED_ROWS", 30)
    with cs.explore(runs["one"]) as found:
        answers = found.server.answers
        facts = answers.facts
        assert 10 < facts["shown"] < facts["rows"]
        assert f"a sample of {facts['shown']} rows" in facts["sampled"]
        for view, count in (("points", facts["shown"]), ("all_points", facts["rows"])):
            assert answers.answer("sql", {"sql": f"select count(*) from {view}"})["rows"] == [[count]]
        ((best,),) = duckdb.sql(
            f"select min(total_carbon) from read_parquet('{runs['one']}/part-*.parquet')"
        ).fetchall()
        assert facts["best"]["total_carbon"] == best
        arms = answers.answer("tornado", {"point": facts["best"]})["arms"]
        assert len(next(arm for arm in arms if arm["axis"] == "lifetime_years")["values"]) == 2


def test_the_bundle_is_small() -> None:
    assert (STATIC / "explore.js").stat().st_size < 1 << 20


def test_pages_of_other_sites_cannot_frame_the_page(explorer: Explorer) -> None:
    import urllib.request

    with urllib.request.urlopen(explorer.url, timeout=20) as answer:
        policy = answer.headers["Content-Security-Policy"]
        cookie = answer.headers["Set-Cookie"]
    assert "default-src 'none'; script-src 'self'; connect-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "HttpOnly; SameSite=Strict" in cookie
