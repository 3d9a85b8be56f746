"""How long `carbonsweep explore` takes: to the first picture, and from the move of a brush to the last answer.

Usage: python benchmarks/explore.py RUN [WIDTH]
"""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
import carbonsweep as cs
from tests.explorer.browser import Browser, browser

READY = "document.documentElement.dataset.ready === '1'"
IDLE = "document.documentElement.dataset.open === '0'"
LATENCY = """
(async (step) => {
  const root = document.documentElement.dataset;
  const svg = document.querySelector(%r);
  const box = svg.getBoundingClientRect();
  const [across, up] = [0.35 + 0.012 * step, 0.4 + 0.01 * step];
  const place = { clientX: box.left + box.width * across, clientY: box.top + box.height * up };
  const asked = Number(root.asked), began = performance.now();
  window.dispatchEvent(new MouseEvent('mousemove', { ...place, view: window, bubbles: true, buttons: 1 }));
  const turn = () => new Promise((done) => requestAnimationFrame(done));
  await turn();
  if (Number(root.asked) === asked) await turn();
  if (Number(root.asked) === asked) return null;
  while (root.open !== '0') await new Promise((done) => setTimeout(done, 1));
  return performance.now() - began;
})(%d)
"""


def brush(page: Browser, selector: str, steps: int = 30) -> None:
    """Drag through a picture, and say what each step took in the browser until the last answer was there."""
    left, top, width, height = page.box(selector)
    start = (left + 0.3 * width, top + 0.3 * height)
    began = time.perf_counter()
    page.mouse("mouseMoved", *start)
    time.sleep(0.1)
    page.wait(IDLE, 120)
    prepared = time.perf_counter() - began - 0.1
    page.mouse("mousePressed", *start, pressed=True)
    page.mouse("mouseMoved", start[0] + 12, start[1] + 12, pressed=True)
    page.wait(IDLE, 120)
    found = [page.run(LATENCY % (selector, step)) for step in range(steps)]
    taken = sorted(one for one in found if one is not None)
    page.mouse("mouseReleased", *start)
    p90 = taken[int(0.9 * len(taken))]
    print(
        f"brush in {selector}: median {statistics.median(taken):.0f} ms, p90 {p90:.0f} ms over {len(taken)} steps; "
        f"prepared in {prepared:.1f} s while the pointer comes"
    )
    time.sleep(1)
    page.wait(IDLE, 120)


def main() -> None:
    began = time.perf_counter()
    with cs.explore(sys.argv[1]) as explorer, tempfile.TemporaryDirectory() as folder, browser(Path(folder)) as page:
        facts = explorer.server.answers.facts
        opened = time.perf_counter() - began
        print(f"{facts['rows']:,} rows, {facts['shown']:,} drawn; opened in {opened:.1f} s, Chromium too")
        page.size(int(sys.argv[2]) if len(sys.argv) > 2 else 1240, 960)
        began = time.perf_counter()
        page.open(explorer.url)
        page.wait("document.querySelector('.density image')", 120)
        print(f"first picture after {time.perf_counter() - began:.1f} s")
        page.wait(READY, 120)
        print(f"all pictures after {time.perf_counter() - began:.1f} s")
        time.sleep(0.5)
        page.wait(IDLE, 120)
        print(f"front and best rows after {time.perf_counter() - began:.1f} s")
        for selector in (".density svg", '.panel[data-key^="h:"] svg'):
            brush(page, selector)
        print(f"memory of the server {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


main()
