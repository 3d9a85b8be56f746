"""What MkDocs does besides rendering pages: pages made from the code, links out of docs/, and a look at what was built.

Named in mkdocs.yml. A warning of `log` ends a strict build.
"""

from __future__ import annotations

import logging
import posixpath
import re
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))
import reference

log = logging.getLogger("mkdocs.hooks.carbonsweep")
ROOT = Path(__file__).parents[2]
MOVED = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "catalogs/README.md": "catalogs.md",
    "examples/analysis.ipynb": "notebook.md",
    "examples": "gallery.md",
    "docs": "index.md",
}
"""Files and folders of the repository that are pages of the site elsewhere."""
_LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#)([^)#\s]+)(#[^)\s]*)?(?=\))")
_EXTERNAL = re.compile(r"https?://([a-z0-9-]+\.)+[a-z]{2,}(:\d+)?(/[^\s<>\"]*)?")
_LOADS = re.compile(r"<(?:script|img|iframe|source|video|link)\b[^>]*?(?:src|href)=\"?(?:https?:)?//[^\s\">]+")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add pages that are made, pages that lie outside of docs/, and files that pages link to."""
    for path, text in reference.pages().items():
        files.append(File.generated(config, path, content=text))
    for source, path in MOVED.items():
        if source != "README.md" and source.endswith(".md"):
            files.append(File.generated(config, path, content=(ROOT / source).read_text(encoding="utf-8")))
    copied = [*ROOT.glob("catalogs/*.csv"), *ROOT.glob("catalogs/*.json"), *ROOT.glob("examples/*")]
    for found in [*copied, ROOT / "LICENSE", ROOT / "NOTICE", ROOT / "CITATION.cff"]:
        if found.is_file():
            files.append(File.generated(config, found.relative_to(ROOT).as_posix(), abs_src_path=str(found)))
    _check_readme()
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links as the repository has them become links of the site."""
    here = page.file.src_uri
    if here == "nomenclature.md":
        markdown = reference.filtered(markdown, "h4", "Filter quantities and inputs, e.g. water kg, or energy request")
    elif here == "python.md":
        markdown += "\n" + reference.python_names()
    source = next((old for old, new in MOVED.items() if new == here and old.endswith(".md")), f"docs/{here}")
    source = f"docs/{here}" if here == "index.md" else source
    for address in re.findall(r"\]\((https?:[^)\s]*)\)", markdown):
        if not _EXTERNAL.fullmatch(address):
            log.warning("%s: '%s' is not an address", here, address)

    def moved(match: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), match[1]))
        anchor = match[2] or ""
        if path in MOVED:
            path = MOVED[path]
        elif re.fullmatch(r"examples/\w+\.toml", path):
            path, anchor = "gallery.md", f"#{Path(path).stem}"
        elif path.startswith("docs/"):
            path = path.removeprefix("docs/")
        return posixpath.relpath(path, posixpath.dirname(here) or ".") + anchor

    return _LINK.sub(moved, markdown)


def on_post_build(config: MkDocsConfig) -> None:
    """Nothing that a page loads may lie outside of the site."""
    built = Path(config.site_dir)
    for path in built.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for found in [*_LOADS.findall(text), *re.findall(r"url\(['\"]?https?:[^)]*", text)]:
            log.warning("%s loads from outside: %s", path.relative_to(built), found)
        if 'class="mermaid"' in text:
            log.warning("%s: diagrams of Mermaid are drawn by a script from outside", path.relative_to(built))


def _check_readme() -> None:
    """The README is no page, but its links are as good as theirs."""
    for target, _ in _LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")):
        if not (ROOT / target).exists():
            log.warning("README.md links to '%s', which does not exist", target)
