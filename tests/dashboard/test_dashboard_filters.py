"""What templates show of others' texts does nothing."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_dashboard.filters import FILTERS

ANSI = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            ["\x1b[31m", "\x1b[0m", "\x1b[1;4m", "\x1b[38;5;9m", "\x1b]8;;http://x\x07", "\x1b[2J", "\r", "\n"]
        ),
        st.sampled_from(["<script>", "</pre>", '"', "'", "&amp;", "\x1b", "\x9b31m"]),
    ),
    max_size=12,
).map("".join)


@given(ANSI)
def test_output_is_text_and_spans_alone(text):
    shown = str(FILTERS["ansi"](text))
    bare = re.sub(r'<span class="[a-z0-9 -]+">|</span>', "", shown)
    assert "<" not in bare
    assert ">" not in bare
    assert "\x1b" not in html.unescape(bare)
    assert shown.count("<span") == shown.count("</span>")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[32mok\x1b[0m done", '<span class="ansi-2">ok</span> done'),
        (
            "\x1b[1;31mred\x1b[22m still",
            '<span class="ansi-1 ansi-b">red</span><span class="ansi-1"> still</span>',
        ),
        ("\x1b[38;2;1;2;3mtrue\x1b[m", "true"),
        ("\x1b]0;title\x07x\x1b[2Ky", "xy"),
        ("50 %\r100 %\n", "100 %\n"),
        ("a\u202eb", "ab"),
        (None, ""),
    ],
)
def test_output_keeps_colours(text, shown):
    assert str(FILTERS["ansi"](text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "<script>boom()</script>",
        "[x](javascript:boom())",
        "[x](JaVaScRiPt:boom())",
        "[x](data:text/html,<script>boom()</script>)",
        "![x](https://elsewhere.example/pixel.png)",
        '<img src=x onerror="boom()">',
        "<https://ok.example/?a='><script>boom()</script>>",
        '[a](https://ok.example "\\" onmouseover=\\"boom()")',
    ],
)
def test_markdown_does_nothing(text):
    shown = str(FILTERS["markdown"](text))
    assert not re.search(r"<(?!/?(?:div|p|a|em|strong|code|ul|li)\b)", shown), shown
    assert not re.search(r'href="(?!https?://|mailto:)', shown), shown
    assert not re.search(r'<[^>]*\son\w+="boom', shown), shown


def test_markdown_is_markdown():
    shown = str(FILTERS["markdown"]("# Title\n\n- [x](https://ok.example)\n\n|a|b|\n|-|-|\n|1|2|\n"))
    assert "<h3>Title</h3>" in shown
    assert 'rel="noopener noreferrer nofollow"' in shown
    assert "<table>" in shown


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("duration", 2.14, "2.1 s"),
        ("duration", 200, "3 min 20 s"),
        ("duration", 3900, "1 h 5 min"),
        ("duration", 86400 * 2, "2 d"),
        ("duration", None, "–"),
        ("money", 0.0012, "$0.0012"),
        ("money", 1234.5, "$1,234.50"),
        ("money", 0, "$0.00"),
        ("tokens", 999, "999"),
        ("tokens", 1_500_000, "1.5M"),
        ("percent", 0.275, "28 %"),
        ("short", "0123456789abcdef", "0123456789ab"),
        ("state_word", "leased", "being worked on"),
        ("state_word", "new_kind", "new kind"),
        ("clock", None, "–"),
        ("ago", None, "–"),
    ],
)
def test_numbers_and_words(name, given, said):
    assert str(FILTERS[name](given)) == said


def test_moments_are_elements_that_scripts_keep_true():
    assert 'datetime="2026-11-26T05:00:00.000+00:00"' in FILTERS["clock"](1_795_669_200_000)
    assert "data-ago" in FILTERS["ago"](0)
