"""The ui port: what plugins add to a user interface, as data that any interface can draw.

An interface, such as the dashboard, draws the contributions of all providers. It asks for them again whenever a
plugin begins or ends to serve, so a reload reaches the pages that are open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import attrs

UI_CONTRACT = "1.1"


@attrs.frozen(kw_only=True)
class Contribution:
    """What a plugin adds to a user interface. `name` is unique among those of its kind; `data` is JSON data.

    What is drawn (``page``, ``panel``, and since contract 1.1 ``tab``) holds

    - ``template``: HTML in Jinja's syntax, drawn in a sandbox with escaping on;
    - ``reads``: for each name in the template, ``{"operation": …, "input": {…}}``; the name gets the answer as
      JSON data. A text ``"{name}"`` in the input stands for a parameter of the page, ``"{name.key}"`` for what
      an earlier read answered, ``"{name:int}"`` (``bool``, ``list``) for one that is no text; a parameter that
      is not there is left out. A read that failed gives None, and a box that says why, unless it is
      ``"optional": true``;
    - ``module`` (1.1): an ES module, as text, whose default export is called ``mount(element, context)`` in the
      browser, and may return what ends it;
    - ``style`` (1.1): CSS, as text;
    - ``live`` (1.1): what it is drawn anew for: kinds of events, whole (``run.finished``) or by their beginning
      (``task.``), and topics of notices (``plugin.changed``).

    and beside it, by kind:

    - ``page``: a page of its own; ``path`` (``/pages/NAME`` if left out; may hold parameters, such as
      ``/runs/{run_id}``), ``icon``, ``order`` (smaller is further up; without one it is not in the navigation),
      ``keys`` (1.1; what to press, such as ``g b``);
    - ``panel``: a part of a page; ``place`` is the page's name (``now`` if left out), ``order``;
    - ``tab`` (1.1): a tab of every task, with the parameters ``run_id`` and ``task_id``; ``order``;
    - ``navigation``: ``target`` (``page:NAME``, ``panel:NAME`` or a path), ``order``, ``icon``, ``keys`` (1.1);
    - ``command`` (1.1): an entry of the command palette: ``operation`` and ``input``, or ``target``; ``keys``;
    - ``theme``: ``light`` and ``dark``, each a mapping of design tokens (``color-accent``) to values.
    """

    kind: str
    name: str
    title: str
    data: Mapping[str, Any] = attrs.field(factory=dict)


class Interface(Protocol):
    """A provider of the ui port."""

    def contributions(self) -> Sequence[Contribution]:
        """What it adds; asked again at each new generation."""
