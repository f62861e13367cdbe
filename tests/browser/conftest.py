"""A served profile with real runs in it, a browser, and pages of it that are watched."""

import attrs
import pytest
from browser_pages import DESKTOP, PHONE
from browser_profile import ServedProfile
from browser_stage import PROGRAM, Stage
from browser_watch import Watch
from browser_world import World


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if "stage" not in pyfuncitem.fixturenames:
        return None
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names}
    pyfuncitem.funcargs["stage"].call(lambda: pyfuncitem.obj(**arguments))
    return True


@pytest.fixture(scope="session")
def stage():
    """The thread in which the browser is. What has a page runs there."""
    if PROGRAM is None:
        pytest.skip("there is no Chromium here")
    stage = Stage()
    try:
        yield stage.open()
    finally:
        stage.close()


@pytest.fixture(scope="session")
def profile(stage, tmp_path_factory):
    """The profile that is served to all tests here."""
    profile = ServedProfile(tmp_path_factory.mktemp("served"), "ports.storage=memory")
    try:
        yield profile.start()
    finally:
        profile.end()


@pytest.fixture(scope="session")
def world(profile):
    """Runs that have been, go on, and wait."""
    world = World(profile)
    try:
        yield world.plant()
    finally:
        world.release()


@pytest.fixture(scope="session")
def signed_in(stage, profile):
    """What a browser keeps that came in by the link."""

    def sign_in():
        context = stage.browser.new_context()
        page = context.new_page()
        answer = page.goto(profile.link())
        assert answer.status < 400, answer.text()
        kept = context.storage_state()
        context.close()
        return kept

    return stage.call(sign_in)


@attrs.define
class Opened:
    """A page that was opened, and who watches it."""

    page: object
    watch: Watch
    context: object


@pytest.fixture
def visit(stage, profile, signed_in):
    """Open a page in a browser of its own: ``visit("/board", theme="dark", size=PHONE).page``. At the end none
    of them may have done what no page may do.
    """
    opened = []

    def visit(path=None, *, theme="light", size=DESKTOP, scripts=True, served=profile, kept=signed_in):
        context = stage.browser.new_context(
            base_url=served.url,
            color_scheme=theme,
            viewport=size,
            java_script_enabled=scripts,
            storage_state=kept,
            reduced_motion="reduce",
            has_touch=size is PHONE,
            is_mobile=size is PHONE,
        )
        context.set_default_timeout(10_000)
        watch = Watch(context, served.url)
        visited = Opened(page=context.new_page(), watch=watch, context=context)
        opened.append(visited)
        if path is not None:
            visited.page.goto(path)
        return visited

    def close():
        for visited in opened:
            visited.context.close()

    try:
        yield visit
    finally:
        stage.call(close)
    for visited in opened:
        visited.watch.require_nothing()
