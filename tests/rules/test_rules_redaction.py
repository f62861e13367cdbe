import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_hookspecs.redaction import REDACTED, Redactor, secret_values
from mosaic_workspaces.bounded_output import BoundedOutput

KEY = b"-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nabcdefgh\n-----END RSA PRIVATE KEY-----"
JWT = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
SECRETS = {
    "aws": b"AKIAIOSFODNN7EXAMPLE",
    "github": b"ghp_" + b"a1B2" * 9,
    "github fine": b"github_pat_" + b"a1B2" * 9,
    "openai": b"sk-" + b"proj-a1B2" * 6,
    "slack": b"xoxb-1234567890-abcdef",
    "google": b"AIza" + b"Sy1234567" * 4,
    "jwt": JWT,
    "lent bearer": b"mosaic-lent-" + b"a1B2_-x" * 6 + b"Z",
    "token of mcp": b"mosaic-mcp-" + b"a1B2_-x" * 6 + b"Z",
    "token of http": b"mosaic-http-" + b"a1B2_-x" * 6 + b"Z",
    "key": KEY,
    "address": b"://me:hunter22@",
    "long": b"sk-" + b"x" * 5000,
    "value": b"correct horse battery staple",
}
VALUE = SECRETS["value"]


def redact(pieces, values=(VALUE,)):
    redactor = Redactor(values)
    return b"".join([*(redactor.feed(piece) for piece in pieces), redactor.finish()])


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100000])
def test_a_secret_is_taken_out_however_it_is_cut(secret, size):
    text = b"before " + secret + b" after\n"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert redact(pieces) == b"before " + REDACTED + b" after\n"


def test_a_bearer_header_is_taken_out():
    assert redact([b"Authorization: Bea", b"rer abcdefgh", b"ijklmnopqrstuvwxyz\r\nHost: x"]) == (
        b"Authorization: " + REDACTED + b"\r\nHost: x"
    )


def test_ordinary_text_passes_and_is_not_held_back():
    redactor = Redactor([VALUE])
    text = b"task-implement-the-whole-thing-now-please mosaic-mcp-plugin 100% bearer of news, sk-1 Password: "
    assert redactor.feed(text) == text


@pytest.mark.parametrize("name", ["openai", "jwt", "github"])
@pytest.mark.parametrize("size", [1, 5, 6, 7, 1000])
def test_a_coloured_secret_is_taken_out(name, size):
    text = b"\x1b[32m" + SECRETS[name] + b"\x1b[0m\n"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    assert redact(pieces) == b"\x1b[32m" + REDACTED + b"\x1b[0m\n"


def test_text_made_of_triggers_takes_linear_time():
    # In quadratic time this would not end.
    text = b"eyJ" * 1_000_000
    assert redact([text]) == text


def test_any_number_of_keys_in_one_piece_is_taken_out():
    key = b"-----BEGIN PRIVATE KEY-----x-----END PRIVATE KEY-----\n"
    assert redact([key * 2000]) == (REDACTED + b"\n") * 2000


def test_an_unfinished_key_does_not_hide_everything():
    text = b"-----BEGIN PRIVATE KEY-----\n" + b"x" * 200_000 + b"\nthe end"
    assert redact([text[at : at + 4096] for at in range(0, len(text), 4096)]).endswith(b"\nthe end")


@given(st.binary(max_size=300), st.lists(st.integers(1, 40), max_size=30))
def test_cuts_make_no_difference_to_what_has_no_secret(data, cuts):
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(data[at : at + cut])
        at += cut
    pieces.append(data[at:])
    assert redact(pieces) == data


@given(
    st.lists(
        st.sampled_from([*SECRETS.values(), b" ", b"\n", b"text ", b"sk-", b"-----BEGIN ", b"gh"]), max_size=8
    ),
    st.integers(1, 50),
)
def test_no_value_survives_any_cut(parts, size):
    text = b" ".join(parts)
    clean = redact([text[at : at + size] for at in range(0, len(text), size)])
    for name in ("aws", "value", "google", "github"):
        assert SECRETS[name] not in clean


def test_secret_values_are_known_by_the_names_of_their_variables():
    found = secret_values(
        {"MY_TOKEN": "abcdefgh", "DB_PASSWORD": "hunter22", "GIT_AUTHOR_NAME": "somebody", "HOME": "/home/me"},
        {"API_KEY": "short", "STRIPE_API_KEY": "longenough"},
    )
    assert found == {b"abcdefgh", b"hunter22", b"longenough"}


@given(st.lists(st.binary(max_size=50), max_size=30), st.integers(0, 40), st.integers(0, 40))
def test_bounded_output_keeps_head_and_tail(pieces, head, tail):
    bounded = BoundedOutput(head, tail)
    for piece in pieces:
        bounded.add(piece)
    whole = b"".join(pieces)
    if len(whole) <= head + tail:
        assert bounded.value() == whole
    else:
        missing = f"[… {len(whole) - head - tail} bytes left out …]".encode()
        assert bounded.value() == whole[:head] + b"\n" + missing + b"\n" + whole[len(whole) - tail :]
