"""The panel: what it shows, and where it gets that from. Holds no notes: an operation answers them."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Contribution

# Jinja's syntax; whoever draws it escapes everything that it puts in.
_TEMPLATE = """\
{% if answer.notes %}
<ul>{% for note in answer.notes %}<li>{{ note }}</li>{% endfor %}</ul>
{% else %}
<p>There are no notes.</p>
{% endif %}
"""


class NotesInterface:
    """`mosaic_hookspecs.Interface` with one panel. It stays the same while this generation lives."""

    def __init__(self, title: str, operation: str) -> None:
        self._panel = Contribution(
            kind="panel",
            name="sample",
            title=title,
            data={
                "template": _TEMPLATE,
                # In the template `answer` is what the operation answers to whoever looks at the panel.
                "reads": {"answer": {"operation": operation, "input": {}}},
            },
        )

    def contributions(self) -> Sequence[Contribution]:
        """Return the panel."""
        return (self._panel,)
