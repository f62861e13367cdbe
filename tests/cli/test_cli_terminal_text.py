from hypothesis import given
from hypothesis import strategies as st

from mosaic_cli.terminal_text import inert, one_line

HOSTILE = [
    ("\x1b[2J\x1b[31mred\x1b[0m", "red"),
    ("\x1b]0;title\x07text", "text"),
    ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
    ("a\rb\x08c\x00d", "abcd"),
    ("\u202eevil\u2066", "evil"),
    ("\x9b31mcsi", "31mcsi"),
    ("tab\tand\nline", "tab\tand\nline"),
]


def test_hostile_text_is_inert():
    for text, expected in HOSTILE:
        assert inert(text) == expected


@given(st.text(alphabet=st.characters() | st.sampled_from("\x1b[]\x07;m\\")))
def test_no_control_character_is_left(text):
    assert not any((ord(c) < 32 and c not in "\t\n") or 127 <= ord(c) < 160 for c in inert(text))


@given(st.text(), st.integers(1, 80))
def test_one_line_fits(text, width):
    shown = one_line(text, width)
    assert len(shown) <= width
    assert "\n" not in shown
