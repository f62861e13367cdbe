"""A peer that does everything wrong: nothing leaves the workspace, nothing hangs, nothing is told to others."""

import base64
import json
import socket
import ssl

import pytest
import trio
import trustme
from a2a_bench import artifact, http, open_peer, result, stream_of, task

from mosaic_a2a.addresses import Addresses
from mosaic_a2a.configuration import RemoteAgent
from mosaic_hookspecs import Denied, InputError, MosaicError, Unavailable

DONE = {"statusUpdate": {"taskId": "t1", "status": {"state": "TASK_STATE_COMPLETED"}}}
AT_WORK = {"task": task("WORKING", words="I begin.")}


def handed(*parts, **more):
    return {"task": task("COMPLETED", artifact(*parts, **more), words="Done.")}


async def streamed(place, peer, *updates, **options):
    peer.answers["SendStreamingMessage"] = [stream_of(*updates)]
    return await place.attempt(peer.url, **options)


@pytest.mark.parametrize(
    "name",
    [
        "../outside.txt",
        "/etc/outside.txt",
        "a/../../outside.txt",
        "link/outside.txt",
        "link",
        ".git/config",
        "sub/.git/hooks/x",
        ".",
        "",
        "a\0b",
        "x" * 5000,
        "file/below",
    ],
)
async def test_files_outside_are_refused(place, peer, tmp_path, name):
    outside = tmp_path / "outside"
    outside.mkdir()
    parts = [{"text": "spoilt", "filename": name or " /../.."}]
    found = await streamed(place, peer, handed(*parts), links={"link": outside}, files={"file": b"x"})
    assert found.outcome == "failed"
    assert "outside" in found.summary or "cannot be written" in found.summary
    assert list(outside.iterdir()) == []
    assert not (tmp_path / "outside.txt").exists()
    assert place.files == {"file": b"x"}


@pytest.mark.parametrize(
    "patch",
    [
        "no patch at all",
        "--- a/../outside.txt\n+++ b/../outside.txt\n@@ -0,0 +1 @@\n+spoilt\n",
        "--- /dev/null\n+++ b/link/outside.txt\n@@ -0,0 +1 @@\n+spoilt\n",
        "--- /dev/null\n+++ b/.git/x\n@@ -0,0 +1 @@\n+spoilt\n",
    ],
)
async def test_patches_that_lead_out_or_do_not_apply_are_refused(place, peer, tmp_path, patch):
    outside = tmp_path / "outside"
    outside.mkdir()
    part = {"text": patch, "mediaType": "text/x-diff"}
    found = await streamed(place, peer, handed(part, name="change"), links={"link": outside})
    assert found.outcome == "failed"
    assert "patch does not apply" in found.summary
    assert list(outside.iterdir()) == []
    assert place.files == {}


async def test_what_is_no_file_becomes_an_output_and_nothing_is_fetched(place, peer):
    parts = [{"url": "http://127.0.0.1:9/secret"}, {"text": "words"}, {"data": {"n": 1}}]
    found = await streamed(place, peer, handed(*parts, name="report"))
    assert found.outcome == "succeeded"
    assert found.outputs == {"report": {"n": 1}}
    assert "not fetched: http://127.0.0.1:9/secret" in place.text
    assert [method for method, _ in peer.asked] == ["card", "SendStreamingMessage"]


async def test_a_message_instead_of_a_task_is_an_answer(place, peer):
    message = {"role": "ROLE_AGENT", "parts": [{"text": "Here."}, {"text": "x\n", "filename": "x.txt"}]}
    found = await streamed(place, peer, {"message": message})
    assert (found.outcome, found.summary) == ("succeeded", "Here.")
    assert place.files == {"x.txt": b"x\n"}


async def test_bad_base64_and_too_much_are_refused(place, peer):
    found = await streamed(place, peer, handed({"raw": "!!!", "filename": "a"}))
    assert "no base64" in found.summary
    raw = base64.b64encode(b"x" * 1000).decode()
    more = {"taskId": "t1", "artifact": artifact({"raw": raw, "filename": "a"}), "append": True}
    updates = [AT_WORK, *[{"artifactUpdate": more}] * 20, DONE]
    peer.answers["CancelTask"] = [result(**task("CANCELED"))]
    found = await streamed(place, peer, *updates, config={"largest_artifacts": 10_000})
    assert found.outcome == "failed"
    assert "more than it may" in found.summary
    assert peer.asked[-1] == ("CancelTask", {"id": "t1"})
    assert place.files == {}


async def test_a_stream_that_breaks_off_is_taken_up_again(place, peer):
    peer.answers["SendStreamingMessage"] = [stream_of(AT_WORK, cut=True)]
    peer.answers["GetTask"] = [result(**task("WORKING"))]
    rest = {"artifactUpdate": {"taskId": "t1", "artifact": artifact({"text": "x", "filename": "x.txt"})}}
    peer.answers["SubscribeToTask"] = [stream_of(), stream_of(rest, DONE)]
    found = await place.attempt(peer.url)
    assert found.outcome == "succeeded"
    assert place.files == {"x.txt": b"x"}
    methods = [method for method, _ in peer.asked]
    assert methods == [
        "card",
        "SendStreamingMessage",
        "GetTask",
        "SubscribeToTask",
        "GetTask",
        "SubscribeToTask",
    ]


async def test_one_that_is_lost_for_good_is_given_up(place, peer):
    peer.answers["SendStreamingMessage"] = [stream_of(AT_WORK, cut=True)]
    peer.answers["GetTask"] = [result(**task("WORKING"))]
    peer.answers["SubscribeToTask"] = [stream_of(AT_WORK, cut=True)]
    with trio.fail_after(20):
        found = await place.attempt(peer.url, config={"reconnects": 2})
    assert found.outcome == "failed"
    assert "the agent was lost" in found.summary
    assert peer.asked[-1][0] == "CancelTask"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (http(200, b"no JSON"), "no JSON-RPC"),
        (http(200, b"[1]"), "no JSON-RPC"),
        (http(200, b'{"result": 5}'), "no JSON-RPC"),
        (http(200, b'{"error": {"code": -32603, "message": "overloaded"}}'), "overloaded"),
        (http(200, b"[" * 100_000), "no JSON-RPC"),
        (http(200, json.dumps(result()).encode()), "neither a task nor a message"),
        (http(200, b"x" * 300_000), "more than 200000 bytes"),
        (http(200, b"x", content_encoding="gzip"), "compresses"),
        (b"SSH-2.0-OpenSSH\r\n", "broke off"),
        (b"HTTP/1.1 200 x\r\ncontent-length: 100\r\n\r\n{", "broke off"),
        (b"", "broke off"),
    ],
)
async def test_answers_that_are_none_fail_in_words(place, peer, raw, words):
    peer.streaming = False
    peer.answers["SendMessage"] = [raw]
    found = await place.attempt(peer.url, config={"longest_answer": 200_000})
    assert found.outcome == "failed"
    assert words in found.summary


async def test_an_event_without_end_is_cut_off(place, peer):
    async def flood(stream):
        await stream.send_all(b"HTTP/1.1 200 x\r\ncontent-type: text/event-stream\r\n\r\n")
        while True:
            await stream.send_all(b"data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n" * 1000)

    peer.answers["SendStreamingMessage"] = [flood]
    with trio.fail_after(20):
        found = await place.attempt(peer.url, config={"longest_answer": 100_000})
    assert "an event has more than 100000 bytes" in found.summary


async def test_one_that_says_nothing_is_given_up(place, peer):
    async def silent(stream):
        await stream.send_all(b"HTTP/1.1 200 x\r\ncontent-type: text/event-stream\r\n\r\n")
        await stream.send_all(b": still here\n\n" + stream_of(AT_WORK).partition(b"\r\n\r\n")[2])
        await trio.sleep_forever()

    peer.answers["SendStreamingMessage"] = [silent]
    with trio.fail_after(20):
        found = await place.attempt(peer.url, config={"silence_seconds": 0.3, "cancel_seconds": 0.2})
    assert found.summary == "the agent was silent for 0.3 seconds"


async def test_one_that_never_finishes_is_not_asked_for_ever(place, peer):
    peer.streaming = False
    peer.answers["SendMessage"] = [result(**AT_WORK)]
    peer.answers["GetTask"] = [result(**task("WORKING", words="I begin."))]
    with trio.fail_after(20):
        found = await place.attempt(peer.url, config={"silence_seconds": 0.5, "poll_seconds": 0.05})
    assert found.summary == "the agent was silent for 0.5 seconds"


async def test_one_that_asks_without_end_is_given_up(place, peer):
    peer.answers["SendStreamingMessage"] = [stream_of({"task": task("INPUT_REQUIRED", words="And now?")})]

    class Answer:
        answer = "Go on."

    async def ask(_):
        return Answer()

    found = await place.attempt(peer.url, operations={"inbox.ask": ask}, config={"most_questions": 3})
    assert "the agent asks: And now?" in found.summary
    assert len([1 for name, _ in place.context.asked if name == "inbox.ask"]) == 3
    sent = [params["message"] for method, params in peer.asked if method == "SendStreamingMessage"]
    assert [message.get("taskId") for message in sent] == [None, "t1", "t1", "t1"]


async def test_one_that_wants_a_login_elsewhere_has_failed(place, peer):
    found = await streamed(place, peer, {"task": task("AUTH_REQUIRED", words="Log in at evil.example.")})
    assert found.summary == "the agent asks for a login at another service: Log in at evil.example."


async def test_the_credential_goes_where_it_is_configured_and_is_never_shown(place, peer, monkeypatch):
    monkeypatch.setenv("PAINTER_KEY", "the-secret-key")
    found = await streamed(
        place, peer, {"task": task("COMPLETED", words="Got the-secret-key.")}, secret="PAINTER_KEY"
    )
    assert found.summary == "Got [redacted]."
    assert "the-secret-key" not in place.text
    assert {head["authorization"] for head in peer.headers} == {"Bearer the-secret-key"}
    assert {head["a2a-version"] for head in peer.headers} == {"1.0"}
    await streamed(place, peer, AT_WORK, DONE, secret="PAINTER_KEY", header="X-API-Key", scheme="")
    assert peer.headers[-1]["x-api-key"] == "the-secret-key"
    monkeypatch.delenv("PAINTER_KEY")
    with pytest.raises(Unavailable) as caught:
        await place.attempt(peer.url, secret="PAINTER_KEY")
    assert caught.value.code == "no-secret"


async def test_a_card_may_point_only_where_it_is_configured(place, peer):
    async with open_peer() as other:
        elsewhere = {"url": f"{other.url}/rpc", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}
        peer.answers["card"] = [peer.card(supportedInterfaces=[elsewhere])]
        with pytest.raises(Denied) as caught:
            await place.attempt(peer.url)
        assert caught.value.code == "strange-address"
        assert other.asked == []
        other.answers["SendStreamingMessage"] = [stream_of(AT_WORK, DONE)]
        assert (await place.attempt(peer.url, also=[other.url])).outcome == "succeeded"


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (http(404), "no-agent"),
        (http(401, b"who?"), "not-let-in"),
        (http(302, location="http://127.0.0.1:9/"), "no-agent"),
        (http(200, b"<html>"), "a2a-version"),
        ({"name": "Old", "url": "http://x", "protocolVersion": "0.3.0"}, "a2a-version"),
        ({"supportedInterfaces": [{"protocolBinding": "GRPC", "protocolVersion": "1.0"}]}, "a2a-version"),
        ({"supportedInterfaces": "none"}, "a2a-version"),
    ],
)
async def test_cards_that_are_of_no_use_say_so(place, peer, card, code):
    peer.answers["card"] = [card]
    with pytest.raises(MosaicError) as caught:
        await place.attempt(peer.url)
    assert caught.value.code == code
    assert caught.value.where


async def test_nobody_there_is_said(place):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unavailable) as caught:
        await place.attempt(f"http://127.0.0.1:{port}")
    assert "nobody answers" in caught.value.got


async def test_tls_is_verified(place, tmp_path):
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    async with open_peer(context) as peer:
        peer.answers["SendStreamingMessage"] = [stream_of(AT_WORK, DONE)]
        with pytest.raises(Unavailable) as caught:
            await place.attempt(peer.url)
        assert "no trustworthy TLS connection" in caught.value.got
        assert peer.asked == []
        assert (await place.attempt(peer.url, ca_file=str(file))).outcome == "succeeded"
        with pytest.raises(InputError) as caught:
            await place.attempt(peer.url, ca_file=str(tmp_path / "none.pem"))
        assert caught.value.code == "bad-certificates"


@pytest.mark.parametrize(
    "url",
    [
        "http://agents.example.org",
        "ftp://127.0.0.1",
        "https://user:key@example.org",
        "https://",
        "painter",
        "https://[::1",
        "https://example.org:port",
    ],
)
def test_addresses_that_may_not_be_used_are_refused(url):
    with pytest.raises(InputError) as caught:
        Addresses("painter", RemoteAgent(url=url))
    assert caught.value.where == "plugins.a2a.agents.painter.url"


def test_where_the_card_is():
    def card(url, **more):
        return Addresses("painter", RemoteAgent(url=url, **more)).card.geturl()

    assert card("https://example.org") == "https://example.org/.well-known/agent-card.json"
    assert card("https://example.org/a/") == "https://example.org/a/.well-known/agent-card.json"
    assert card("https://example.org/cards/a.json") == "https://example.org/cards/a.json"
    assert card("http://example.org", allow_plain=True).startswith("http://")
    assert card("http://localhost:8000").startswith("http://localhost:8000/")
