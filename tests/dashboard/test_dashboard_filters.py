"""What templates show of others' texts does nothing."""

import html
import json
import re
import time

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
        ("50 %\r100 %\r", "100 %"),
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
        "[x](/call/run.cancel)",
        "[x](//elsewhere.example)",
        "[x](ftp://elsewhere.example)",
        "[x]\n\n[x]: file:///etc/passwd",
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
        ("roughly", 7, "1 min"),
        ("roughly", 265, "4 min"),
        ("roughly", 80 * 60, "80 min"),
        ("roughly", 100 * 60, "2 h"),
        ("roughly", 86400 * 3, "3 d"),
        ("roughly", None, "–"),
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
    # As scripts say it: a page does not move when they come.
    assert ">in 4 min</time>" in FILTERS["ago"]((time.time() + 270) * 1000)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("it failed; `mosaic retry a` tries it again", "It failed; <code>mosaic retry a</code> tries it again"),
        ("`mosaic why a` says more", "<code>mosaic why a</code> says more"),
        ("one ` alone", "One ` alone"),
        ("`a` and ` alone", "<code>a</code> and ` alone"),
        ("<b> `<script>`", "&lt;b&gt; <code>&lt;script&gt;</code>"),
        (None, ""),
    ],
)
def test_what_stands_between_backticks_is_code(text, shown):
    assert str(FILTERS["code_spans"](text, is_sentence=True)) == shown


@given(st.lists(st.sampled_from(["`", "<i>", "a", "&", '"', "\n"]), max_size=12).map("".join))
def test_code_among_words_is_text(text):
    shown = str(FILTERS["code_spans"](text))
    bare = re.sub(r"</?code>", "", shown)
    assert html.unescape(bare).replace("`", "") == text.replace("`", "")
    assert "<" not in bare


def test_data_in_a_text_is_spread_over_lines():
    data = {"words": ["long enough " * 5], "more": {"a": 1}}
    line = f"Further words: {json.dumps(data)}"
    words, _, spread = FILTERS["spread"](f"One line.\n{line}").partition("\nFurther words:\n")
    assert (words, json.loads(spread)) == ("One line.", data)
    assert spread.count("\n") > 4
    for same in ('short: {"a": 1}', line[:-1], "[" * 90_000, None):
        assert FILTERS["spread"](same) == (same or "")


def test_moments_have_seconds_where_they_count():
    assert "2023-11-14 22:20:30 UTC" in FILTERS["clock"](1_700_000_430_000, has_seconds=True)
    assert "2023-11-14 22:20 UTC" in FILTERS["clock"](1_700_000_430_000)
