"""A plugin whose names, titles, targets and data are hostile, and whose templates are plain.

It is copied to where a served profile finds it, with its texts in a file beside it.
"""

import json
from pathlib import Path

import attrs

from mosaic_hookspecs import Contribution, Operation, OperationKind, Provision, hookimpl

TEXTS = json.loads(Path(__file__).with_name("texts.json").read_text("utf-8"))
TITLE = TEXTS["an image"]
SCRIPT = "javascript:window.pwned=1"
TEMPLATE = """
<dl>{% for key, text in told.texts.items() %}
<dt>{{ key }}</dt>
<dd title="{{ text }}">{{ text }} {{ text | markdown }} {{ text | ansi }} {{ text | short }}</dd>
{% endfor %}</dl>
"""
READS = {"told": {"operation": "hostile.tell", "input": {}}}
DRAWN = {"template": TEMPLATE, "reads": READS}
TOKENS = {"color-accent": "red;} body { background: url(http://elsewhere.example/x.png) }", TITLE: TITLE}
CONTRIBUTIONS = {
    "panel": {**DRAWN, "place": "now"},
    "page": {**DRAWN, "path": "/hostile", "order": 900},
    "tab": {**DRAWN, "order": 900},
    "navigation": {"target": SCRIPT, "order": 901, "icon": TITLE},
    "command": {"target": SCRIPT, "keys": "x y"},
    "theme": {"light": TOKENS, "dark": TOKENS},
}


@attrs.frozen(kw_only=True)
class Ask:
    """Asks for the texts."""


@attrs.frozen(kw_only=True)
class Told:
    """The texts."""

    texts: dict[str, str]


class Interface:
    def contributions(self):
        return [
            Contribution(kind=kind, name="hostile", title=TITLE, data=data)
            for kind, data in CONTRIBUTIONS.items()
        ]


class Plugin:
    @hookimpl
    async def mosaic_provide(self, context):
        return [Provision(port="ui", name="hostile", provider=Interface())]

    @hookimpl
    def mosaic_operations(self, context):
        async def tell(data, call):
            return Told(texts=TEXTS)

        return [
            Operation(
                name="hostile.tell",
                kind=OperationKind.QUERY,
                input=Ask,
                output=Told,
                handler=tell,
                permission="hostile:read",
                summary=TEXTS["a script"],
            )
        ]
