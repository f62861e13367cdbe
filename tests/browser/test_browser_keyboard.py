"""Everything by the keyboard alone: the order of the tab key, focus that is seen, the palette, sequences."""

from browser_checks import require_accessible, settle

_FOCUS = """
() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return {
    name: (one.getAttribute('aria-label') || one.innerText || one.name || '').trim(),
    what: one.outerHTML.slice(0, 120), top: box.top, left: box.left,
    isSeen: (ring || style.boxShadow !== 'none') && box.width > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}
"""


def test_the_tab_key_goes_through_the_page_and_is_seen(visit, world):
    page = visit("/").page
    settle(page)
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        focus = page.evaluate(_FOCUS)
        if focus is None or (seen and focus["what"] == seen[0]["what"]):
            break
        assert focus["isSeen"], focus
        assert focus["name"], focus
        seen.append(focus)
    assert seen[0]["name"] == "Skip to the page"
    assert len(seen) > 8
    focusable = page.locator(
        "a[href]:visible, button:visible:enabled, select:visible, [tabindex='0']:visible"
    ).count()
    assert len(seen) >= min(focusable, 60)


def test_the_skip_link_leads_to_the_page(visit, world):
    page = visit("/").page
    settle(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_the_palette_opens_finds_and_closes(visit, world):
    page = visit(f"/inbox?run_id={world.settled}").page
    settle(page)
    page.locator("nav a").first.focus()
    page.keyboard.press("Control+k")
    palette = page.locator("dialog[open]")
    palette.wait_for()
    assert page.evaluate("document.activeElement.matches('dialog input')")
    require_accessible(page)
    page.keyboard.press("Escape")
    palette.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.matches('nav a')"), "the focus goes back to where it was"
    page.keyboard.press("Control+k")
    page.keyboard.type("survey the shelves")
    page.locator("dialog [role=option]", has_text="Survey the shelves").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/runs/{world.settled}/tasks/survey*")


def test_the_palette_tells_tasks_with_one_title_apart(visit, world):
    page = visit(f"/board?run_id={world.busy}").page
    settle(page)
    page.keyboard.press("Control+k")
    page.keyboard.type("announce it")
    found = page.locator("dialog [role=option]", has_text="Announce it")
    found.nth(1).wait_for()
    # That of the page's run goes first; each says what it is part of.
    assert found.first.locator(".where").inner_text() == "The bookshop's nightly checks · announce"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/runs/{world.busy}/tasks/announce*")


def test_a_question_mark_lists_the_keys_of_the_page_and_of_the_shell(visit, world):
    page = visit(f"/board?run_id={world.settled}").page
    settle(page)
    page.keyboard.press("?")
    keys = page.locator("dialog[open]")
    keys.wait_for()
    words = keys.inner_text()
    for heading in ("On a card", "Buttons of this page", "Everywhere", "Go to"):
        assert heading in words
    assert "lift it: arrows move it" in words
    assert keys.locator("dd", has_text="Needs me").inner_text() == "Needs me"
    require_accessible(page)
    page.keyboard.press("?")
    keys.wait_for(state="hidden")
    page.goto(f"/plan?run_id={world.planned}")
    settle(page)
    page.keyboard.press("?")
    keys.wait_for()
    assert "On a card" not in keys.inner_text()
    assert "In the tree" in keys.inner_text()


def test_keys_that_are_declared_lead_to_pages(visit, world):
    visited = visit("/")
    page = visited.page
    settle(page)
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url("**/board**")


def test_the_mode_is_chosen_and_kept(visit, world):
    page = visit("/").page
    settle(page)
    background = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(background)
    button = page.locator("[data-choose-mode]").first
    for _ in range(3):
        button.click()
        if page.evaluate("document.documentElement.dataset.mode") == "dark":
            break
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    settle(page)
    assert page.evaluate(background) == dark
    require_accessible(page)
    page.emulate_media(color_scheme="dark")
    for _ in range(2):
        page.locator("[data-choose-mode]").first.click()
    assert page.evaluate("document.documentElement.dataset.mode") == "light"
    assert page.evaluate(background) == light


def test_keys_of_single_letters_are_turned_off_and_on_again(visit, world):
    page = visit("/").page
    settle(page)
    for word in ("off", "on"):
        page.keyboard.press("Control+k")
        page.get_by_role("combobox", name="Find").fill("single letters")
        page.get_by_role("option", name=f"single letters {word}").wait_for()
        page.keyboard.press("Enter")
        page.keyboard.press("?")
        help_of_keys = page.locator(".key-help[open]")
        if word == "on":
            help_of_keys.wait_for()
        else:
            settle(page)
            assert not help_of_keys.count()
