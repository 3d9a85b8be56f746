"""The page in a real browser, in one session: what it shows is what DuckDB counts, and it asks nobody else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import duckdb
import pytest

from carbonsweep.explorer.explore import Explorer
from tests.explorer.browser import PROGRAM, Browser, browser
from tests.pictures.conftest import FORMULA

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="there is no Chromium on this machine: apt-get install chromium"
)


def quiet(page: Browser) -> None:
    """Wait until the page has settled: brushes are let go, and every question is answered."""
    time.sleep(0.4)  # after which a brush counts as let go
    page.wait(
        "document.documentElement.dataset.open === '0' && !document.documentElement.dataset.error"
        " && document.documentElement.dataset.settled === JSON.stringify(JSON.parse("
        "decodeURIComponent(location.hash.slice(1) || '{}')).filters)"
    )


def selected(page: Browser) -> int:
    return int(page.run("document.querySelector('#counts').dataset.rows"))


def state(page: Browser) -> dict[str, object]:
    found: dict[str, object] = json.loads(page.run("decodeURIComponent(location.hash.slice(1))"))
    return found


@pytest.fixture(scope="module")
def page(explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as found:
        found.size(1240, 960)
        found.open(explorer.url)
        found.wait("document.documentElement.dataset.ready === '1'")
        quiet(found)
        yield found


def test_first_picture(page: Browser, explorer: Explorer) -> None:
    rows = explorer.server.answers.facts["rows"]
    assert selected(page) == rows
    assert f"{rows:,} points" in page.run("document.querySelector('#counts').textContent")
    assert page.run("document.querySelectorAll('.density image').length") == 1
    assert page.run("document.querySelectorAll('.density .over path').length") == 2  # the fronts of both runs
    assert page.run("document.querySelectorAll('.panel[data-key^=\"h:\"] svg').length") >= 3
    assert page.run("document.querySelectorAll('#tab tbody tr').length") == 20
    assert "token" not in page.run("location.href")  # nor in what is copied from the address


def test_hostile_names_are_text(page: Browser) -> None:
    assert "<script>alert(1)" in page.run("document.querySelector('h1').textContent")
    assert page.run("document.querySelectorAll('h1 script, h1 img').length") == 0
    assert f"{FORMULA[:4]}" in page.run("document.querySelector('.panel[data-key=\"b:accelerator\"]').textContent")


def test_a_brush_selects_what_duckdb_counts(page: Browser, runs: dict[str, str]) -> None:
    before = selected(page)
    left, top, width, height = page.box(".density svg")
    page.drag((left + 0.3 * width, top + 0.25 * height), (left + 0.75 * width, top + 0.8 * height))
    quiet(page)
    (x0, x1), (y0, y1) = (state(page)["filters"]["d"][key] for key in ("xs", "ys"))  # type: ignore[index]
    files = f"read_parquet('{runs['one']}/part-*.parquet')"
    box = f"training_days between {x0!r} and {x1!r} and total_carbon between {y0!r} and {y1!r}"
    ((count,),) = duckdb.sql(f"select count(*) from {files} where {box}").fetchall()
    assert selected(page) == count
    assert 0 < selected(page) < before
    assert page.run("document.querySelectorAll('.chip').length") == 1
    left, top, width, _ = page.box('.panel[data-key="b:accelerator"] svg')
    page.click(left + 0.5 * width, top + 3 + 6)  # the first name, which is the hostile one
    quiet(page)
    assert state(page)["filters"]["b:accelerator"] == [FORMULA]  # type: ignore[index]
    ((count,),) = duckdb.sql(f"select count(*) from {files} where {box} and accelerator = '{FORMULA}'").fetchall()
    assert selected(page) == count
    page.press("u")
    quiet(page)
    assert page.run("document.querySelectorAll('.chip').length") == 1
    page.press("u")
    quiet(page)
    assert selected(page) == before
    assert page.run("document.querySelectorAll('.chip').length") == 0


def test_a_click_pins_a_point_that_tabs_are_about(page: Browser) -> None:
    left, top, width, height = page.box(".density svg")
    page.click(left + 0.5 * width, top + 0.5 * height)
    page.wait("document.querySelector('#pin b')")
    pin = state(page)["pin"]
    for tab, shown in (
        ("tornado", "#tab svg"),
        ("explain", "#tab details"),
        ("map", "#tab svg circle"),
        ("front", "#tab table"),  # a single point is on it
        ("compare", "#tab table"),
        ("sql", "#tab textarea"),
    ):
        page.run(f"document.querySelector('[data-tab={tab}]').click()")
        page.wait(f"document.querySelector('#tab').dataset.shown === '{tab}' && document.querySelector('{shown}')")
    page.run("document.querySelector('#run-sql').click()")
    page.wait("document.querySelectorAll('#answer tbody tr').length === 4")
    page.run(
        "document.querySelector('#tab textarea').value = 'drop view points'; document.querySelector('#run-sql').click()"
    )
    page.wait("document.querySelector('#answer .warn')")
    page.press("t")
    page.wait("document.querySelector('#tab').dataset.shown === 'top'")
    assert state(page)["pin"] == pin


def test_the_address_brings_back_the_state(page: Browser, explorer: Explorer, runs: dict[str, str]) -> None:
    given = {
        "x": "devices",
        "y": "training_days",
        "filters": {"b:accelerator": ["b200"], "h:total_carbon": [1000, 30000], "h:none": [1, 2], "b:region": "x"},
        "tab": "front",
    }
    page.run(f"location.hash = encodeURIComponent({json.dumps(json.dumps(given))}); location.reload()")
    page.wait("document.documentElement && document.documentElement.dataset.ready !== '1' || performance.now() < 4000")
    page.wait("document.documentElement.dataset.ready === '1' && document.querySelectorAll('.chip').length === 2")
    quiet(page)
    query = "accelerator = 'b200' and total_carbon between 1000 and 30000"
    ((count,),) = duckdb.sql(
        f"select count(*) from read_parquet('{runs['one']}/part-*.parquet') where {query}"
    ).fetchall()
    assert selected(page) == count
    assert page.run("document.querySelector('#pick-x').value") == "devices"
    assert page.run("document.querySelector('[aria-selected=true]').textContent") == "Front"
    page.wait("document.querySelectorAll('#tab svg.parallel path').length > 2")
    page.run("document.querySelector('.copy[data-kind=toml]').click()")
    page.wait("document.querySelector('#copied')")
    assert 'accelerator = ["b200"]' in page.run("document.querySelector('#copied').value")


def test_nothing_else_was_asked_and_nothing_went_wrong(page: Browser, explorer: Explorer) -> None:
    own = f"http://127.0.0.1:{explorer.server.port}/"
    assert [url for url in page.requests if not url.startswith((own, "data:"))] == []
    assert len([url for url in page.requests if url.startswith(own)]) > 20
    # A statement that the page's user wrote was refused.
    assert [line for line in page.said if "422" not in line] == []
