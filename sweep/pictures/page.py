"""Pieces of an HTML page that needs nothing but itself: text, tables, pictures, and the script that serves them.

All text is hostile until it is escaped here. The page allows one script, by its hash, and no network.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from carbonsweep.foundation.terminal import number

STYLE = """
:root { color-scheme: light; --ink: #222; --soft: #667; --line: #dde2e8; --accent: #0072b2; --warn: #b3261e; }
* { box-sizing: border-box; }
body { font: 15px/1.5 Helvetica, Arial, "Liberation Sans", sans-serif; color: var(--ink); background: #fff; margin: 0; }
main { max-width: 980px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 34px 0 8px; padding-top: 12px; border-top: 1px solid var(--line); }
h3 { font-size: 15px; margin: 18px 0 6px; }
p { margin: 6px 0; overflow-wrap: anywhere; }
.soft { color: var(--soft); font-size: 13.5px; }
.warn { color: var(--warn); }
.answer { font-size: 19px; line-height: 1.4; margin: 14px 0 10px; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; margin: 6px 0; }
th, td { text-align: left; padding: 3px 12px 3px 0; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: break-word; }
th { font-weight: 600; color: var(--soft); }
td.n, th.n { text-align: right; white-space: nowrap; }
table.sortable th { cursor: pointer; white-space: normal; min-width: 74px; overflow-wrap: normal; }
table.sortable td { white-space: nowrap; }
.wide { overflow-x: auto; }
.bar { display: inline-block; height: 9px; background: var(--accent); min-width: 1px; vertical-align: middle; }
.bar.out { background: #c9ced6; }
figure { margin: 8px 0; overflow-x: auto; }
figure svg { max-width: 100%; height: auto; display: block; }
main > figure svg { min-width: 600px; }
.side { display: flex; flex-wrap: wrap; gap: 14px; }
.side figure { flex: 0 1 298px; min-width: 0; }
pre { background: #f6f7f9; border: 1px solid var(--line); padding: 10px 12px; font-size: 12.5px; line-height: 1.4;
  overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
details > summary { cursor: pointer; color: var(--accent); font-size: 13.5px; margin: 6px 0; }
#tip { position: fixed; display: none; max-width: 340px; background: #222; color: #fff; font-size: 12.5px;
  line-height: 1.35; padding: 5px 9px; border-radius: 4px; pointer-events: none; z-index: 9; }
@media print {
  main { max-width: none; padding: 0; } h2, h3, p.soft { break-after: avoid; } figure, tr { break-inside: avoid; }
  body { font-size: 11pt; } .wide, figure { overflow: visible; }
  main > figure svg { min-width: 0; } table { font-size: 8.5pt; } .noprint { display: none; }
}
"""

SCRIPT = """
(function () {
  var tip = document.getElementById("tip");
  document.addEventListener("mousemove", function (event) {
    var mark = event.target.closest && event.target.closest("figure path[aria-label]");
    tip.style.display = mark ? "block" : "none";
    if (!mark) { return; }
    tip.textContent = mark.getAttribute("aria-label");
    var left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
    var below = event.clientY + 16 + tip.offsetHeight < window.innerHeight;
    tip.style.left = Math.max(left, 4) + "px";
    tip.style.top = (below ? event.clientY + 16 : event.clientY - tip.offsetHeight - 10) + "px";
  });
  document.querySelectorAll("table.sortable").forEach(function (table) {
    var body = table.tBodies[0];
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, column) {
      var up = true;
      head.addEventListener("click", function () {
        var rows = Array.prototype.slice.call(body.rows);
        rows.sort(function (a, b) {
          var left = a.cells[column].dataset.v, right = b.cells[column].dataset.v;
          var order = head.className === "n" ? Number(left) - Number(right) : left < right ? -1 : left > right ? 1 : 0;
          return up ? order : -order;
        });
        up = !up;
        rows.forEach(function (row) { body.appendChild(row); });
      });
    });
  });
})();
"""


def text(value: Any) -> str:
    """Anything as text that a page shows as it is written."""
    return html.escape(str(value), quote=True)


def paragraph(words: str, kind: str = "") -> str:
    return f'<p class="{kind}">{text(words)}</p>' if kind else f"<p>{text(words)}</p>"


def listed(items: Iterable[str], kind: str = "soft") -> str:
    found = "".join(f"<li>{text(item)}</li>" for item in items)
    return f'<ul class="{kind}">{found}</ul>' if found else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], sortable: bool = False) -> str:
    """A table; a column whose values are all numbers is aligned to the right."""
    cells = [list(row) for row in rows]
    numeric = [
        all(isinstance(row[place], int | float) or row[place] is None for row in cells) for place in range(len(heads))
    ]
    top = "".join(_cell("th", head, kind) for head, kind in zip(heads, numeric, strict=True))
    lines = []
    for row in cells:
        shown = "".join(_cell("td", value, kind, sortable) for value, kind in zip(row, numeric, strict=True))
        lines.append(f"<tr>{shown}</tr>")
    kind = ' class="sortable"' if sortable else ""
    body = "".join(lines)
    return f'<div class="wide"><table{kind}><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(tag: str, value: Any, numeric: bool, sortable: bool = False) -> str:
    shown = value if isinstance(value, str) else "" if value is None else number(float(value))
    raw = "" if value is None else repr(float(value)) if sortable and numeric else str(value)
    key = f' data-v="{text(raw)}"' if sortable else ""
    kind = ' class="n"' if numeric else ""
    return f"<{tag}{kind}{key}>{text(shown)}</{tag}>"


def bars(rows: Sequence[tuple[str, int, bool]]) -> str:
    """Counts with bars in proportion: what it is, how many, whether it is left out."""
    most = max((count for _, count, _ in rows), default=1) or 1
    lines = []
    for what, count, out in rows:
        width = max(100 * count / most, 0.3 if count else 0.0)
        kind = "bar out" if out else "bar"
        bar = f'<span class="{kind}" style="width:{width:.2f}%"></span>'
        label = text(what) if not out else f"<span class='soft'>{text(what)}</span>"
        share = 100 * count / most
        said = f"{share:.3g} %" if count == 0 or share >= 0.01 else "under 0.01 %"
        lines.append(
            f'<tr><td>{label}</td><td class="n">{count:,}</td><td class="n">{said}</td>'
            f'<td style="width:38%">{bar}</td></tr>'
        )
    return f'<table style="width:100%"><tbody>{chr(10).join(lines)}</tbody></table>'


def figure(svg: str, number_: int) -> str:
    """A picture in the page: names inside it are made its own, so that two pictures do not mix theirs up."""
    own = re.sub(r'\bid="([^"]+)"', rf'id="p{number_}-\1"', svg)
    own = re.sub(r"url\(#([^)]+)\)", rf"url(#p{number_}-\1)", own)
    own = re.sub(r'href="#([^"]+)"', rf'href="#p{number_}-\1"', own)
    return f"<figure>{own[own.index('<svg') :]}</figure>"


def download(name: str, content: str, label: str, kind: str = "text/csv") -> str:
    """A link that saves a file which is inside the page."""
    return (
        f'<p class="noprint"><a download="{text(name)}" href="data:{kind};charset=utf-8,{quote(content)}">'
        f"{text(label)}</a></p>"
    )


def details(summary: str, inside: str) -> str:
    return f"<details><summary>{text(summary)}</summary>{inside}</details>"


def document(title: str, body: str) -> str:
    """The whole page."""
    allowed = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{allowed}'"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{text(title)}</title>\n'
        f"<style>{STYLE}</style></head>\n<body><main>{body}</main>\n"
        f'<div id="tip" role="status"></div>\n<script>{SCRIPT}</script></body></html>\n'
    )
