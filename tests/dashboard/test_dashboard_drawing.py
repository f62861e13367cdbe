"""Where templates are drawn, whoever wrote them."""

import threading
from types import SimpleNamespace

from markupsafe import Markup

from mosaic_dashboard.catalogue import Catalogue, Piece
from mosaic_dashboard.pages import Pages, View
from mosaic_dashboard.settings import Config
from mosaic_dashboard.visitors import Visitor
from mosaic_hookspecs import Principal


class Drawer:
    """Notes which thread draws a contribution's template."""

    def __init__(self):
        self.threads = []

    def draw_text(self, text, values):
        self.threads.append(threading.current_thread())
        return Markup("<p>drawn</p>")

    def draw_file(self, name, values):
        return values.get("content", Markup(""))


async def test_long_texts_are_drawn_where_nobody_waits_for_them():
    drawer = Drawer()
    context = SimpleNamespace(clock=SimpleNamespace(now=lambda: 0))
    pages = Pages(context, Config(), SimpleNamespace(edition="e"), drawer)
    visitor = Visitor(principal=Principal(name="ann", permissions=frozenset()), csrf="c")
    view = View(path="/", params={}, query={}, visitor=visitor, catalogue=Catalogue([], {}))
    panel = Piece(kind="panel", name="p", title="P", provider="test", data={"template": "x"})
    assert await pages.part(view, panel) == "<p>drawn</p>"
    assert len(drawer.threads) == 1
    assert threading.main_thread() not in drawer.threads
