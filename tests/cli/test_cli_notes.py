"""What a run that waits is told to wait for."""

import pytest

from mosaic_cli.notes import reason_of


@pytest.mark.parametrize(
    ("text", "hint", "said"),
    [
        ("for approval: May the first go?", "yes grants it", "for approval: May the first go? yes grants it"),
        ("for approval: Go.", "yes grants it", "for approval: Go. yes grants it"),
        ("the run is paused", "`mosaic resume r1`", "the run is paused. `mosaic resume r1`"),
        ("May it?", "", "May it?"),
        ("", "Wait.", "Wait."),
    ],
)  # fmt: skip
def test_a_sentence_that_is_closed_gets_no_other_full_stop(text, hint, said):
    assert reason_of({"text": text, "hint": hint}) == said
