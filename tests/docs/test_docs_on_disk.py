"""The documents can be read on disk: every page is linked, and every listing stands in its page."""

import re
from pathlib import Path

import pytest
import yaml
from reference_pages import listings

ROOT = Path(__file__).parents[2]
TITLED = re.compile(r"^```.*title=", re.MULTILINE)
PAGES = sorted((ROOT / "docs").rglob("*.md"))
WITH_LISTINGS = [page for page in listings.pages() if TITLED.search(page.read_text("utf-8"))]


def linked_from(*starts):
    found, waiting = set(), [start.resolve() for start in starts]
    while waiting:
        page = waiting.pop()
        if page not in found and page.suffix == ".md" and page.exists():
            found.add(page)
            targets = re.findall(r"\]\(([^)#\s:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
            waiting += [(page.parent / target).resolve() for target in targets]
    return found


def test_every_page_is_reached_from_the_readme():
    assert [page for page in PAGES if page not in linked_from(ROOT / "README.md")] == []


def test_the_table_of_contents_names_every_page():
    index = ROOT / "docs" / "index.md"
    linked = {
        str((index.parent / target).resolve().relative_to(index.parent))
        for target in re.findall(r"\]\(([^)#\s]+)", index.read_text("utf-8"))
    }
    assert linked == {str(page.relative_to(index.parent)) for page in PAGES} - {"index.md"}
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    nav = yaml.safe_load(text[text.index("\nnav:") :])["nav"]
    assert set(re.findall(r"[\w/-]+\.md", str(nav))) == linked | {"index.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_needs_a_program_to_be_read(page):
    # A formatter of Python may take the mark of an inclusion for an expression, and space it out.
    assert re.findall(r"^.*8 ?< ?-.*$", page.read_text("utf-8"), re.MULTILINE) == []


@pytest.mark.parametrize("page", WITH_LISTINGS, ids=lambda page: page.name)
def test_listings_are_what_their_files_hold(page):
    text = page.read_text("utf-8")
    shown = dict(listings.listings(text))
    assert len(shown) == len(TITLED.findall(text))
    for file, listing in shown.items():
        held = (ROOT / file).read_text("utf-8").rstrip() + "\n"
        assert listing == held, f"run docs/make_reference.py: {file}"


def test_a_stale_listing_is_mended():
    text = '# Page\n\n```python title="docs/reference_pages/__init__.py"\nstale\n```\n\nMore.\n'
    mended = listings.refreshed(text)
    assert [line for line in mended.splitlines() if line == "stale"] == []
    assert mended.startswith("# Page\n\n```python title=")
    assert mended.endswith("\n```\n\nMore.\n")
    assert listings.refreshed(mended) == mended
