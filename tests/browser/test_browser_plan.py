"""The plan beside its document: what serves what is shown both ways; a draft is changed by keys and undone."""

import pytest
from browser_checks import settle
from browser_world import DOCUMENT


@pytest.fixture
def draft(profile):
    made = profile.call("draft.create", text=DOCUMENT, path="ledger.md")
    yield made
    profile.call("draft.delete", id=made["id"])


@pytest.fixture
def page(visit, stage, draft):
    def opened():
        page = visit(f"/drafts/{draft['id']}").page
        settle(page)
        page.get_by_role("button", name="Unfold").click()
        return page

    return stage.call(opened)


def lit(page, what):
    return page.locator(f"{what}.is-lit").count()


def test_a_requirement_shows_what_serves_it_and_a_leaf_its_lines(page, draft):
    one = next(one for one in draft["coverage"] if one["start"] and one["served_by"])
    page.locator(f"#line-{one['start']}").click()
    page.wait_for_function("() => document.querySelectorAll('.plan-row.is-lit').length > 0")
    assert lit(page, ".plan-row") == len(one["served_by"])
    page.locator(f"[data-node='{one['served_by'][0]}']").click()
    page.wait_for_function("() => document.querySelectorAll('.plan-row.is-lit').length === 0")
    assert page.locator(f"#line-{one['start']}.is-lit").count() == 1


def test_a_draft_is_changed_by_keys_the_linter_objects_and_all_is_undone(page, profile, draft):
    leaf = page.locator(".plan-row:not(.is-inner)").first
    leaf.click()
    page.keyboard.press("F2")
    page.keyboard.type("Another title")
    page.keyboard.press("Enter")
    page.locator(".plan-row[aria-selected=true]", has_text="Another title").wait_for()
    page.locator(".plan-row[aria-selected=true]").focus()
    page.keyboard.press("a")
    page.keyboard.type("Nobody checks this")
    page.keyboard.press("Enter")
    page.locator(".plan-said", has_text="it has no acceptance check").first.wait_for()
    page.locator(".plan-row[aria-selected=true]", has_text="Nobody checks this").wait_for()
    before = profile.call("draft.show", id=draft["id"])
    assert (before["errors"] > 0, before["undo"]) == (True, "add “Nobody checks this”")
    page.locator(".plan-row[aria-selected=true]").focus()
    page.keyboard.press("Alt+ArrowUp")
    page.locator("button[title*='move “Nobody checks this”']").wait_for()
    for _ in range(3):
        page.get_by_role("button", name="Undo").click()
    page.locator("button:disabled", has_text="Undo").wait_for()
    assert profile.call("draft.show", id=draft["id"])["plan"] == draft["plan"]
    page.keyboard.press("Control+Shift+z")
    page.locator(".plan-row", has_text="Another title").wait_for()
