"""Draws pages, and each part of one on its own: what it reads, its template, its panels and tabs around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import attrs
import trio
from markupsafe import Markup

from mosaic_hookspecs import Context, MosaicError, NotFound, Principal

from .assets import Assets
from .catalogue import Catalogue, Piece
from .drawing import Drawer, island_place
from .own_paths import own_path
from .queries import Queries
from .reading import Answers, Problem, read_all
from .sayings import Saying
from .settings import Config
from .theming import theme_of
from .visitors import Visitor

_OF_COMMANDS = ("operation", "input", "target", "keys")
_PANELS = "/panels/"
_SHELL_LIVE = ("inbox.", "task.", "run.")


@attrs.frozen(kw_only=True)
class View:
    """What is looked at: the path, its parameters, who looks, and what is to be said."""

    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    visitor: Visitor
    catalogue: Catalogue
    saying: Saying | None = None

    @property
    def all_params(self) -> Mapping[str, str]:
        """The parameters of the query and of the path; the path's go first."""
        return {**self.query, **self.params}

    def address(self, **changes: str) -> str:
        """Return this page's address with other parameters; an empty one is left out."""
        query = {key: value for key, value in {**self.query, **changes}.items() if value}
        path = quote(self.path)
        return f"{path}?{urlencode(query)}" if query else path


class Pages:
    """Draws."""

    def __init__(self, context: Context, config: Config, assets: Assets, drawer: Drawer) -> None:
        self._context = context
        self._queries = Queries(context)
        self._config = config
        self._assets = assets
        self._drawer = drawer

    async def page(self, view: View, page: Piece) -> Markup:
        """Draw a whole page."""
        cursor = await self._cursor(view.visitor.principal)
        panels: dict[int, Markup] = {}
        pieces = _panels(view, page)
        async with trio.open_nursery() as nursery:

            async def draw_panel(number: int, piece: Piece) -> None:
                panels[number] = await self.part(view, piece)

            for number, piece in enumerate(pieces):
                nursery.start_soon(draw_panel, number, piece)
            shell = await self._shell_values(view, page)
            content = await self.part(view, page)
        values = {
            **shell,
            "content": content,
            "panels": [panels[number] for number in range(len(pieces))],
            "cursor": cursor,
        }
        return self._drawer.draw_file("shell.html", values)

    async def shell(self, view: View, page: Piece) -> Markup:
        """Draw the frame alone: the navigation, and what needs a person."""
        return self._drawer.draw_file("frame.html", await self._shell_values(view, page))

    async def part(self, view: View, piece: Piece) -> Markup:
        """Draw one contribution, and what says that a browser may ask for it alone."""
        values: dict[str, Any] = {**self._common(view), "piece": piece, "title": piece.title}
        if piece.kind == "page" and piece.data.get("tabs"):
            values |= await self._tabs(view)
        content = await self._content(view, piece, values)
        if piece.kind == "page" and "<h1" not in content:
            content = Markup("<h1>{}</h1>").format(piece.title) + content
        return self._drawer.draw_file("part.html", {**values, "content": content, "live": " ".join(piece.live)})

    async def _content(self, view: View, piece: Piece, values: Mapping[str, Any]) -> Markup:
        answers = await self._answers(view, piece)
        problems = answers.problems
        template = piece.text("template")
        drawn = Markup("")
        if template:
            told = {**answers.values, **values, "problems": problems, "answers": answers.values}
            try:
                # Long texts of others take long to draw: nobody else waits for them.
                drawn = await trio.to_thread.run_sync(self._drawer.draw_text, template, told)
            except Exception as error:  # noqa: BLE001 - somebody's template, on data that it did not expect
                # Its place says so, and the page stands.
                self._context.log.warning("dashboard.template_failed", part=piece.part, error=error)
                if not problems:
                    problems = {"template": _template_problem(piece, error)}
        if piece.text("module"):
            name, digest = f"{piece.kind}-{piece.name}", piece.digest("module")
            module = f"/ui/module/{piece.kind}/{piece.name}/{digest}.js"
            data = {**answers.values, "params": dict(view.all_params)}
            # Another module is another place: what is mounted is left alone where a page is drawn anew.
            drawn += island_place(name, module, data, key=f"island-{name}-{digest}")
        boxes = [self._drawer.draw_file("problem.html", {"problem": one}) for one in problems.values()]
        return Markup("").join([*boxes, drawn])

    async def _answers(self, view: View, piece: Piece) -> Answers:
        reads = piece.data.get("reads", {})
        principal = view.visitor.principal
        return await read_all(self._queries, reads, view.all_params, principal, self._config.draw_seconds)

    async def _tabs(self, view: View) -> Mapping[str, Any]:
        tabs = list(view.catalogue.of("tab"))
        chosen = next((tab for tab in tabs if tab.name == view.query.get("tab")), tabs[0] if tabs else None)
        drawn = await self.part(view, chosen) if chosen is not None else Markup("")
        links = [(tab.title, view.address(tab=tab.name), tab is chosen) for tab in tabs]
        return {"tabs": links, "tab": drawn}

    def _common(self, view: View) -> dict[str, Any]:
        visitor = view.visitor
        return {
            "params": view.all_params,
            "path": view.path,
            "here": view.address(),
            "address": view.address,
            "me": {"name": visitor.principal.name, "csrf": visitor.csrf},
            "now": self._context.clock.now(),
            "saying": view.saying,
        }

    async def _shell_values(self, view: View, page: Piece) -> dict[str, Any]:
        catalogue = view.catalogue
        principal = view.visitor.principal
        reads = {"inbox": {"operation": "inbox.list", "input": {"limit": 1}, "optional": True}}
        answers = await read_all(self._queries, reads, {}, principal, self._config.draw_seconds)
        waiting = answers.values["inbox"]
        theme = theme_of(catalogue, self._config.theme)
        panels = _panels(view, page)
        return {
            **self._common(view),
            "page": page,
            "path_params": dict(view.params),
            "navigation": self._navigation(catalogue, page),
            "waiting": waiting["total"] if waiting else 0,
            "commands": self._commands(view),
            "around": {
                "panels": [piece.name for piece in panels],
                "styles": self._styles(catalogue, [page, *panels]),
                "theme": f"/ui/theme/{theme.name}/{catalogue.edition}.css" if theme else "",
            },
            "edition": catalogue.edition,
            "build": self._assets.edition,
            "shell_live": " ".join(_SHELL_LIVE),
            "project": self._context.project_directory.name,
        }

    def _navigation(self, catalogue: Catalogue, page: Piece) -> Sequence[Mapping[str, Any]]:
        entries = []
        for piece in catalogue.navigation():
            target = catalogue.target(piece)
            if target and "{" not in target:
                icon = piece.text("icon") or "panel"
                is_above = target != "/" and page.path.startswith(f"{target}/")
                is_here = piece is page or target == page.path or is_above
                is_own = piece.provider == "dashboard"
                entries.append(
                    {"title": piece.title, "path": target, "icon": icon, "is_here": is_here, "is_own": is_own}
                )
        return entries

    def _commands(self, view: View) -> Sequence[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for piece in view.catalogue.navigation():
            target = view.catalogue.target(piece)
            if target and "{" not in target:
                keys = piece.text("keys")
                found.append({"title": piece.title, "target": target, "keys": keys, "kind": "page"})
        for piece in view.catalogue.of("command"):
            data = {key: piece.data[key] for key in _OF_COMMANDS if key in piece.data}
            if "target" in data:
                data["target"] = own_path(piece.text("target"))
            if data.get("target") or data.get("operation"):
                found.append({"title": piece.title, "kind": "command", **data})
        return found

    def _styles(self, catalogue: Catalogue, pieces: Sequence[Piece]) -> Sequence[str]:
        drawn = [*pieces, *catalogue.of("tab")] if any(piece.data.get("tabs") for piece in pieces) else pieces
        addresses = []
        for piece in drawn:
            if piece.text("style"):
                addresses.append(f"/ui/style/{piece.kind}/{piece.name}/{piece.digest('style')}.css")
            island = piece.text("island")
            if island and (built := self._assets.find(f"{island}.css")):
                addresses.append(built)
        return list(dict.fromkeys(addresses))

    async def _cursor(self, principal: Principal) -> int:
        try:
            return int((await self._context.dispatch("storage.info", {}, principal)).events)
        except MosaicError:
            return 0


def _panels(view: View, page: Piece) -> Sequence[Piece]:
    return view.catalogue.panels(page.name) if page.kind == "page" else []


def _template_problem(piece: Piece, error: Exception) -> Problem:
    return Problem(
        code="bad-template",
        what=f"the template of the {piece.kind} {piece.name!r} failed: {error}",
        where=f"{piece.provider}: {piece.kind} {piece.name}",
        hint="Mend it in the plugin, and reload the plugin.",
    )


def piece_at(path: str, catalogue: Catalogue) -> tuple[Piece, Mapping[str, str]]:
    """Return the page or the panel at a path, and the parameters that the path holds.

    Raises:
        NotFound: there is none.
    """
    panel = catalogue.find("panel", path.removeprefix(_PANELS)) if path.startswith(_PANELS) else None
    if panel is not None:
        return panel, {}
    match = catalogue.match(path)
    if match is None:
        hint = "Every page is in the navigation of Now."
        raise NotFound("no-page", "there is no page here", where=path[:200], hint=hint)
    return match.page, match.params
