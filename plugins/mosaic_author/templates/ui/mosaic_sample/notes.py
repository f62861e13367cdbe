"""The panel: what it shows, and where it gets that from. Holds no notes: an operation answers them."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Contribution

# Jinja's syntax; whoever draws it escapes everything that it puts in. What could not be read is None.
_TEMPLATE = """\
{% if answer and answer.notes %}
<ul class="list">{% for note in answer.notes %}<li>{{ note }}</li>{% endfor %}</ul>
{% elif answer %}
<p>There are no notes.</p>
{% endif %}
{% for run in newest['items'] or [] %}
<p class="muted">The newest run, {{ run.title or run.run_id }}, is {{ run.result }}.</p>
{% endfor %}
"""


class NotesInterface:
    """`mosaic_hookspecs.Interface` with one panel. It stays the same while this generation lives."""

    def __init__(self, title: str, operation: str) -> None:
        self._panel = Contribution(
            kind="panel",
            name="sample",
            title=title,
            data={
                "place": "now",  # the page that it stands on
                "order": 100,
                "template": _TEMPLATE,
                # In the template each name is what the operation answers to whoever looks at the panel.
                "reads": {
                    "answer": {"operation": operation, "input": {}},
                    "newest": {"operation": "run.list", "input": {"limit": 1}, "optional": True},
                },
                "live": ["run."],  # drawn anew at each event whose kind begins so
            },
        )

    def contributions(self) -> Sequence[Contribution]:
        """Return the panel."""
        return (self._panel,)
