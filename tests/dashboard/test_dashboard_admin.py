"""The pages of the administration, without scripts: plain forms change plugins and their configuration."""

import html
import re

import attrs
import pytest

from mosaic_dashboard.forms import input_of
from mosaic_ledger.plugin import LedgerPlugin

CSRF = re.compile(r'name="csrf" value="([^"]+)"')
HOSTILE = "</textarea><script>boom()</script>"


@attrs.frozen(kw_only=True)
class Config:
    size: int = attrs.field(default=1, validator=attrs.validators.ge(0), metadata={"help": "How large."})
    words: str = HOSTILE
    api_key: str = ""


def field(page, key):
    """Return what is drawn of one field of a configuration."""
    begin = f'<div class="field" data-field="{key}">'
    found = re.search(rf"{re.escape(begin)}(.*?)\n</div>\n</div>", page, re.DOTALL)
    assert found, key
    return html.unescape(found[1])


async def send(browser, page, operation, **fields):
    """Send a form of a page; return the page that a browser shows then."""
    data = {"csrf": CSRF.search(page)[1], **fields}
    answer = await browser.post(f"/call/{operation}", data=data)
    assert answer.status_code == 303, answer.text
    return (await browser.get(answer.headers["location"])).text


@pytest.fixture
def configure(monkeypatch):
    """Give a plugin that has none a configuration."""
    monkeypatch.setattr(LedgerPlugin, "Config", Config, raising=False)


async def test_a_plugin_is_reloaded_disabled_and_enabled_by_forms(serve):
    async with serve() as (kernel, browser):
        page = (await browser.get("/admin")).text
        assert 'id="plugin-costs"' in page
        for operation, state in (("plugins.disable", "disabled"), ("plugins.enable", "running")):
            form = {"input": '{"name": "costs"}', "back": "/admin", "said": "So it is."}
            page = await send(browser, page, operation, **form)
            assert "So it is." in page
            row = re.search(r'<tr id="plugin-costs".*?</tr>', page, re.DOTALL)[0]
            assert f"</svg>{state}</span>" in row
        before = kernel.runtime.slots["costs"].generation.number
        form = {"input": '{"name": "costs"}', "back": "/admin/plugins/costs"}
        page = await send(browser, page, "plugins.reload", **form)
        assert f"<dd data-generation>{before + 1}</dd>" in page


async def test_a_configuration_is_set_and_mistakes_stand_at_their_fields(serve, configure, tmp_path):
    async with serve() as (kernel, browser):
        here = "/admin/plugins/ledger"
        page = (await browser.get(here)).text
        assert "<script>boom" not in page
        assert 'min="0"' in field(page, "plugins.ledger.size")
        assert 'type="password" value=""' in field(page, "plugins.ledger.api_key")
        texts = {"texts.plugins.ledger.size": "-1", "texts.plugins.ledger.api_key": "hush", "back": here}
        page = await send(browser, page, "config.set", **texts)
        wrong = field(page, "plugins.ledger.size")
        assert "must be >= 0" in wrong
        assert 'value="-1"' in wrong
        assert 'aria-invalid="true"' in wrong
        assert "hush" not in page
        assert 'aria-invalid="true"' not in field(page, "plugins.ledger.words")
        texts["texts.plugins.ledger.size"] = "7"
        page = await send(browser, page, "config.set", **texts, said="It is set.")
        assert "It is set." in page
        assert "hush" not in page
        assert kernel.runtime.slots["ledger"].config == Config(size=7, api_key="hush")
        assert "size: 7" in (tmp_path / ".mosaic" / "live.yaml").read_text()
        assert 'data-take-back="plugins.ledger.size"' in page
        taken = '{"values": {"plugins.ledger.size": null}}'
        page = await send(browser, page, "config.set", input=taken, back=here)
        assert 'value="1"' in field(page, "plugins.ledger.size")


async def test_what_is_not_to_be_kept_is_said_by_a_box(serve, configure, tmp_path):
    async with serve() as (kernel, browser):
        page = (await browser.get("/admin/plugins/ledger")).text
        await send(browser, page, "config.set", **{"texts.plugins.ledger.size": "3", "keeps": "false"})
        assert kernel.runtime.slots["ledger"].config.size == 3
        assert not (tmp_path / ".mosaic" / "live.yaml").exists()


async def test_the_keys_of_values_and_texts_keep_their_dots(serve):
    async with serve() as (kernel, _):
        fields = [("texts.kernel.log_level", "error"), ("keeps", "false"), ("keeps", "true")]
        data = await input_of(kernel, "config.set", fields)
    assert data == {"texts": {"kernel.log_level": "error"}, "keeps": True}


async def test_a_swap_says_what_it_means_before_it_is_done(serve):
    async with serve() as (kernel, browser):
        page = (await browser.get("/admin/ports?port=workspace&provider=directory")).text
        assert "directory comes first, before git." in html.unescape(page)
        assert kernel.port("workspace").names()[0] == "git"
        swap = re.search(r'action="/call/plugins.swap".*?name="input" value="([^"]+)"', page, re.DOTALL)
        page = await send(browser, page, "plugins.swap", input=html.unescape(swap[1]), then="/admin/ports")
        assert kernel.port("workspace").names()[0] == "directory"


async def test_the_log_is_verified_in_words(serve):
    async with serve() as (kernel, browser):
        assert "Nothing has happened yet" in (await browser.get("/admin/checks/log")).text
        await kernel.dispatch("run.create", {"target": "a.yaml", "text": "jobs: {a: {steps: [{run: 'true'}]}}"})
        page = (await browser.get("/admin/checks/log")).text
        assert "The log is whole" in page
        assert "holds the digest of the one before" in page


async def test_contributions_are_listed_with_what_could_not_be_taken(serve, add):
    add("panel", "hello", "Hello", template="<p>hello</p>")
    add("page", "now", "Another now", template="<p>now</p>", path="/other")
    async with serve() as (kernel, browser):
        found = await kernel.dispatch("ui.list", {"providers": ["additions"]})
        (view,) = [one for one in found.contributions if one.kind == "panel"]
        assert (view.name, view.title, view.path) == ("hello", "Hello", "/panels/hello")
        assert found.faults["additions"] == "the page 'now' is dashboard's already"
        everything = (await kernel.dispatch("ui.list", {})).contributions
        assert {one.provider for one in everything} == {"additions", "dashboard"}
        page = html.unescape((await browser.get("/admin/plugins/additions")).text)
        assert '<a href="/panels/hello">Hello</a>' in page
        assert "the page 'now' is dashboard's already" in page
