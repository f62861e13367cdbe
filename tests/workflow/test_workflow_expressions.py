"""The expression language: GitHub's documented semantics, syntax errors with their place, and laws."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_workflow.expressions.evaluation import Late, LateError, Scope, evaluate
from mosaic_workflow.expressions.syntax import parse
from mosaic_workflow.expressions.templates import TemplateError, holds, parse_condition, parse_template
from mosaic_workflow.expressions.tokens import ExpressionError
from mosaic_workflow.expressions.values import are_equal, is_less, is_truthy, to_number, to_text

FRUITS = [{"name": "apple", "quantity": 1}, {"name": "orange", "quantity": 2}, {"name": "pear", "quantity": 1}]
CONTEXTS = {
    "env": {"NAME": "Mona", "empty": "", "with-dash": "d"},
    "github": {"ref": "refs/heads/main"},
    "fruits": FRUITS,
    "vegetables": {
        "scallions": {"colors": ["green", "white", "red"], "ediblePortions": ["roots", "stalks"]},
        "beets": {"colors": ["purple", "red"], "ediblePortions": ["roots"]},
    },
    "matrix": {"os": "linux", "n": 3, "flag": False, "none": None, "list": [1, "Two"]},
}


def value(text, **functions):
    return evaluate(parse(text), Scope(contexts=CONTEXTS, functions=functions))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # literals, as GitHub documents them
        ("null", None),
        ("false", False),
        ("true", True),
        ("711", 711),
        ("-9.2", -9.2),
        ("0xff", 255),
        ("-2.99e-2", -0.0299),
        ("0o17", 15),
        ("'Mona the Octocat'", "Mona the Octocat"),
        ("'It''s open source!'", "It's open source!"),
        ("Infinity", math.inf),
        ("''", ""),
        ("+5", 5),
        (".5", 0.5),
        # operators and precedence
        ("1 == 1 && 2 == 3", False),
        ("true || false && false", True),
        ("(true || false) && false", False),
        ("!true == false", True),
        ("!(1 == 2)", True),
        ("!!1", True),
        ("1 < 2 == true", True),
        ("2 >= 2", True),
        ("'a' < 'B'", True),
        ("'b' > 'A'", True),
        ("1 < '2'", True),
        ("null < 1", True),
        ("'x' < 1", False),
        ("'x' >= 1", False),
        ("'abc' <= 'ABC'", True),
        # && and || give operands
        ("'a' && 'b'", "b"),
        ("'' && 'b'", ""),
        ("'' || 'b'", "b"),
        ("null || 0 || 'z'", "z"),
        ("'a' || 'b'", "a"),
        ("matrix.os == 'linux' && 'tux' || 'other'", "tux"),
        # loose equality: GitHub's table of casts
        ("null == 0", True),
        ("null == ''", True),
        ("null == false", True),
        ("true == 1", True),
        ("true == '1'", True),
        ("false == ''", True),
        ("'1' == 1", True),
        ("'0xA' == 10", True),
        ("' 7 ' == 7", True),
        ("'x' == 0", False),
        ("'' == 0", True),
        ("'true' == true", False),
        ("NaN == NaN", False),
        ("NaN != NaN", True),
        ("'Monalisa' == 'MONALISA'", True),
        ("fruits == fruits", True),
        ("fruits == 'x'", False),
        ("fromJSON('[]') == fromJSON('[]')", False),
        ("'1e3' == 1000", True),
        ("'1_0' == 10", False),
        # access
        ("env.NAME", "Mona"),
        ("env['NAME']", "Mona"),
        ("ENV.name", "Mona"),
        ("env.with-dash", "d"),
        ("env.none", None),
        ("env.none.deeper.still", None),
        ("fruits[1].name", "orange"),
        ("fruits['1'].name", "orange"),
        ("fruits[9]", None),
        ("fruits[-1]", None),
        ("fruits[0.9].name", "apple"),
        ("matrix[format('o{0}', 's')]", "linux"),
        ("matrix.list[1]", "Two"),
        ("'text'.length", None),
        ("env[fruits]", None),
        # object filters, GitHub's example
        ("fruits.*.name", ["apple", "orange", "pear"]),
        ("join(fruits.*.name, '+')", "apple+orange+pear"),
        ("vegetables.*.ediblePortions", [["roots", "stalks"], ["roots"]]),
        ("fruits[*].quantity", [1, 2, 1]),
        ("vegetables.*.colors.*", ["green", "white", "red", "purple", "red"]),
        ("env.NAME.*", []),
        ("contains(fruits.*.name, 'PEAR')", True),
        ("fruits.*.missing", []),
        # functions, GitHub's examples
        ("contains('Hello world', 'llo')", True),
        ("contains('Hello world', 'LLO')", True),
        ("contains(fromJSON('[\"push\", \"pull_request\"]'), 'push')", True),
        ("contains('abc', null)", True),
        ("contains(env, 'Mona')", False),
        ("contains(fromJSON('[1, 2]'), '2')", True),
        ("startsWith('Hello world', 'He')", True),
        ("startsWith('Hello', 'he')", True),
        ("endsWith('Hello world', 'LD')", True),
        ("endsWith('Hello', 'x')", False),
        ("startsWith(123, '12')", True),
        ("format('Hello {0} {1} {2}', 'Mona', 'the', 'Octocat')", "Hello Mona the Octocat"),
        ("format('{{Hello {0} {1} {2}!}}', 'Mona', 'the', 'Octocat')", "{Hello Mona the Octocat!}"),
        ("format('{0}{0}', 'a')", "aa"),
        ("join(fromJSON('[1, true, null]'))", "1,true,"),
        ("join('x', '-')", "x"),
        ("toJSON(fromJSON('{\"a\": [1.5, null]}'))", '{\n  "a": [\n    1.5,\n    null\n  ]\n}'),
        ("fromJSON('true')", True),
        ("fromJSON(toJSON('ü'))", "ü"),
        ("TOJSON('a')", '"a"'),
    ],
)
def test_values(text, expected):
    found = value(text)
    assert (type(found), found) == (type(expected), expected) or found == expected


@pytest.mark.parametrize(
    ("text", "words", "offset"),
    [
        ("", "empty", 0),
        ("  ", "empty", 2),
        ("1 +", "unexpected character '+'", 2),
        ("a b", "unexpected 'b'", 2),
        ("env.", "expected a property's name after '.', got the end", 4),
        ("env.'x'", "expected a property's name", 4),
        ("env[1", "expected ']'", 5),
        ("(1 == 1", "expected ')'", 7),
        ("contains('a' 'b')", "expected ')'", 13),
        ("contains('a',)", "expected a value, got ')'", 13),
        ("'open", "a string is not closed", 0),
        ('"x"', "unexpected character '\"'", 0),
        ("1 == ", "expected a value, got the end", 5),
        ("== 1", "expected a value, got '=='", 0),
        ("a = b", "unexpected character '='", 2),
        ("a & b", "unexpected character '&'", 2),
        ("12abc", "unexpected character '1'", 0),
        ("${{ x }}", "unexpected character '$'", 0),
        ("!" * 60 + "x", "nested too deeply", 50),
        ("(" * 60 + "1", "nested too deeply", 50),
        ("a[" * 60, "nested too deeply", 101),
        ("f(" * 60, "nested too deeply", 100),
        ("a" + ".b" * 60, "too long", 101),
        ("1" + " && 1" * 60, "too long", 247),
    ],
)
def test_syntax_errors_have_their_place(text, words, offset):
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert words in caught.value.message
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("fromJSON('{')", "not JSON"),
        ("fromJSON('NaN')", "JSON has no NaN"),
        ("fromJSON('')", "not JSON"),
        ("toJSON(NaN)", "JSON has no NaN"),
        ("format('{1}', 'a')", "there are 1 arguments"),
        ("format('{a}', 'a')", "a single '{'"),
        ("nothere.x", "no context 'nothere'"),
        ("nofunction()", "no function 'nofunction'"),
        ("success()", "no function 'success'"),
    ],
)
def test_evaluation_errors(text, words):
    with pytest.raises(ExpressionError, match=words.replace("(", r"\(").replace("{", r"\{")):
        value(text)


def test_values_that_come_later_are_refused():
    scope = Scope(contexts={"needs": Late(), "inputs": {"x": Late()}})
    for text in ("needs.a.result", "inputs.x", "inputs['x'] || 1", "needs"):
        with pytest.raises(LateError):
            evaluate(parse(text), scope)
    with pytest.raises(ExpressionError, match="known only"):
        evaluate(parse("toJSON(inputs)"), scope)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (None, ""),
        (True, "true"),
        (1.0, "1"),
        (0.1, "0.1"),
        (-0.0, "0"),
        (1e20, "1E+20"),
        (1e-7, "1E-07"),
        (10**16, "1E+16"),
        ([], "Array"),
        ({}, "Object"),
        (math.nan, "NaN"),
        (-math.inf, "-Infinity"),
        (3.10, "3.1"),
        (10**400, "Infinity"),
    ],
)
def test_text_of_values(found, text):
    assert to_text(found) == text


@pytest.mark.parametrize("found", [False, 0, -0.0, "", None, math.nan])
def test_falsy(found):
    assert not is_truthy(found)


@pytest.mark.parametrize("found", [True, 1, -1, "0", "false", [], {}, math.inf])
def test_truthy(found):
    assert is_truthy(found)


def test_templates_keep_the_kind_of_a_single_expression():
    scope = Scope(contexts=CONTEXTS)
    assert parse_template("${{ matrix.n }}").value(scope) == 3
    assert parse_template("n=${{ matrix.n }}").value(scope) == "n=3"
    assert parse_template("${{ matrix.flag }}${{ matrix.none }}").value(scope) == "false"
    assert parse_template("no expression").value(scope) == "no expression"
    assert parse_template("${{ '}}' }}").value(scope) == "}}"
    assert parse_template("${{ 'it''s }}' }}!").value(scope) == "it's }}!"
    assert parse_template("").value(scope) == ""


def test_template_errors_say_which_expression():
    with pytest.raises(TemplateError) as caught:
        parse_template("${{ 1 }} and ${{ 1 + }}")
    assert (caught.value.ordinal, caught.value.offset) == (1, 3)
    with pytest.raises(TemplateError, match="not closed"):
        parse_template("a ${{ 1 ")


@pytest.mark.parametrize(
    ("condition", "succeeded", "expected"),
    [
        ("", True, True),
        ("", False, False),
        ("true", True, True),
        ("true", False, False),
        ("false", True, False),
        ("always()", False, True),
        ("failure()", False, True),
        ("failure()", True, False),
        ("ALWAYS()", False, True),
        ("${{ always() && matrix.n == 3 }}", False, True),
        ("${{ matrix.n == 3 }}", False, False),
        ("success() || failure()", False, True),
        ("!cancelled()", False, True),
        ("matrix.os", True, True),
        ("matrix.none", True, False),
        ("'false'", True, True),
    ],
)
def test_conditions(condition, succeeded, expected):
    functions = {
        "success": lambda: succeeded,
        "failure": lambda: not succeeded,
        "always": lambda: True,
        "cancelled": lambda: False,
    }
    assert holds(condition, Scope(contexts=CONTEXTS, functions=functions)) is expected


def test_text_around_a_condition_is_refused():
    with pytest.raises(TemplateError, match="always true"):
        parse_condition("${{ false }} && true")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(json_values)
def test_json_goes_both_ways(data):
    scope = Scope(contexts={"matrix": {"v": data}})
    found = evaluate(parse("fromJSON(toJSON(matrix.v))"), scope)
    assert json.dumps(found, sort_keys=True) == json.dumps(data, sort_keys=True) or found == data


@given(json_values, json_values)
def test_comparison_is_lawful(left, right):
    assert are_equal(left, right) == are_equal(right, left)
    assert are_equal(left, left)
    assert not (is_less(left, right) and is_less(right, left))
    assert isinstance(to_text(left), str)
    assert isinstance(to_number(left), float)


@given(st.text())
def test_literal_text_is_itself(text):
    literal = "'" + text.replace("'", "''") + "'"
    assert evaluate(parse(literal), Scope()) == text
    assert parse_template("a${{ " + literal + " }}b").text(Scope()) == f"a{text}b"


@given(st.text(alphabet="ab.[]()'!&|=<>*, 1x-0\"${}", max_size=40))
def test_any_text_parses_or_is_refused_with_a_place(text):
    offset = 0
    try:
        parse(text)
    except ExpressionError as error:
        offset = error.offset
    assert 0 <= offset <= len(text)
