"""What is gathered of contributions: which page a path leads to, and what is not taken."""

import pytest

from mosaic_dashboard.catalogue import Catalogue, Piece, gather
from mosaic_hookspecs import Contribution


def piece(kind, name, **data):
    return Piece(kind=kind, name=name, title=name.title(), provider="test", data=data)


def test_the_page_with_fewer_parameters_goes_first():
    catalogue = Catalogue(
        [
            piece("page", "one", path="/drafts/{id}"),
            piece("page", "new", path="/drafts/new"),
            piece("page", "x"),
        ],
        {},
    )
    assert catalogue.match("/drafts/new").page.name == "new"
    match = catalogue.match("/drafts/7/")
    assert (match.page.name, match.params) == ("one", {"id": "7"})
    assert catalogue.match("/pages/x").page.name == "x"
    assert catalogue.match("/drafts") is None
    assert catalogue.match("/drafts/7/8") is None


def test_the_navigation_is_in_order_and_leads_somewhere():
    entries = [
        piece("page", "late", order=20),
        piece("page", "hidden"),
        piece("navigation", "to-late", target="page:late", order=10),
        piece("navigation", "to-panel", target="panel:p", order=5),
        piece("navigation", "out", target="//evil.example", order=1),
        piece("navigation", "script", target="javascript:boom()", order=2),
        piece("navigation", "nowhere", target="panel:none", order=3),
        piece("panel", "p"),
    ]
    catalogue = Catalogue(entries, {})
    listed = [(one.name, catalogue.target(one)) for one in catalogue.navigation()]
    assert listed == [
        ("out", ""),
        ("script", ""),
        ("nowhere", ""),
        ("to-panel", "/panels/p"),
        ("to-late", "/pages/late"),
        ("late", "/pages/late"),
    ]


def test_the_edition_follows_the_content():
    one = Catalogue([piece("panel", "p", template="a")], {}).edition
    assert one == Catalogue([piece("panel", "p", template="a")], {}).edition
    assert one != Catalogue([piece("panel", "p", template="b")], {}).edition


class _Quiet:
    def warning(self, event, **facts):
        """Keep it."""


class _Context:
    """Has a port with these interfaces."""

    log = _Quiet()

    def __init__(self, interfaces):
        self._port = _Port(interfaces)

    def port(self, name):
        assert name == "ui"
        return self._port


class _Port:
    def __init__(self, interfaces):
        self._interfaces = interfaces

    def names(self):
        return tuple(self._interfaces)

    def get(self, name):
        return self._interfaces[name]


class _Interface:
    def __init__(self, found):
        self._found = found

    def contributions(self):
        if isinstance(self._found, Exception):
            raise self._found
        return self._found


def gathered(**found):
    return gather(_Context({key: _Interface(value) for key, value in found.items()}))


@pytest.mark.parametrize(
    ("title", "data"),
    [
        ("t", {"reads": {"it": "run.list"}}),
        ("t", {"reads": ["run.list"]}),
        ("t", {"template": object()}),
        ("t", {"template": "\ud800"}),
        ("t", {"style": "\ud800"}),
        ("\ud800", {}),
        (7, {}),
    ],
)
def test_what_no_page_could_draw_is_left_out_and_said(title, data):
    odd = Contribution(kind="panel", name="odd", title=title, data=data)
    catalogue = gathered(odd=[odd], good=[page("a", "/a")])
    assert catalogue.find("panel", "odd") is None
    assert set(catalogue.faults) == {"odd"}
    assert catalogue.edition == gathered(good=[page("a", "/a")]).edition
    assert catalogue.find("page", "a") is not None


def page(name, path):
    return Contribution(kind="page", name=name, title=name, data={"path": path})


def test_one_that_fails_is_left_out_and_said():
    catalogue = gathered(good=[page("a", "/a")], bad=RuntimeError("no screen"), twice=[page("a", "/b")])
    assert catalogue.find("page", "a").path == "/a"
    assert catalogue.faults == {"bad": "no screen", "twice": "the page 'a' is good's already"}


@pytest.mark.parametrize(
    "path", ["/api", "/api/x", "/login", "/call/run.pause", "/assets/x", "no/slash", "/A?b"]
)
def test_places_of_the_door_are_not_taken(path):
    catalogue = gathered(sly=[page("a", path)])
    assert catalogue.find("page", "a") is None
    assert "cannot be at" in catalogue.faults["sly"]
