import base64
import hashlib
import hmac
import json
import os
import time

import pytest
from extending import edit, extended, reload
from observing import eventually, opened, record
from receiver import received, receiving

from mosaic_hookspecs import InputError

KEY = os.urandom(24)
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def webhook(directory, url, *, storage="memory", serves=True, **more):
    quick = {"gather_seconds": 0.0, "retry_seconds": 0.05}
    settings = {
        "plugins.webhook": {"url": url, "secret": SECRET, "kinds": ["test.*"], **more},
        "plugins.observers": quick,
    }
    return extended(directory, "webhook", "observers", storage, settings=settings, serves=serves)


def is_signed(headers, body):
    """Check a signature as the specification of Standard Webhooks says."""
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest()).decode()
    return f"v1,{wanted}" in headers["webhook-signature"].split()


async def test_chosen_events_are_posted_signed_and_in_order(site, tmp_path):
    with receiving() as (receiver, url):
        async with webhook(tmp_path / "project", url) as running:
            await opened(running, "webhook")
            await record(running, 2, kind="other.happened")
            await record(running, 3, kind="test.happened")
            await received(receiver, 3)
    assert receiver.types() == ["test.happened"] * 3
    sequences = [json.loads(body)["data"]["sequence"] for _, body in receiver.posts]
    assert sequences == [3, 4, 5]
    for headers, body in receiver.posts:
        assert is_signed(headers, body)
        assert not is_signed(headers, body + b" ")
        assert abs(int(headers["webhook-timestamp"]) - time.time()) < 30
    assert len({headers["webhook-id"] for headers, _ in receiver.posts}) == 3


async def test_a_receiver_that_refuses_gets_it_again_under_the_same_id(site, tmp_path):
    with receiving() as (receiver, url):
        async with webhook(tmp_path / "project", url) as running:
            await opened(running, "webhook")
            receiver.status = 503
            await record(running, 2)

            async def was_tried():
                return receiver.requests >= 3

            await eventually(was_tried)
            assert receiver.posts == []
            receiver.status = 200
            await received(receiver, 2)
    assert [json.loads(body)["data"]["sequence"] for _, body in receiver.posts] == [1, 2]


async def test_a_receiver_that_hangs_is_left_in_time(site, tmp_path):
    with receiving() as (receiver, url):
        async with webhook(tmp_path / "project", url, seconds=0.1) as running:
            await opened(running, "webhook")
            receiver.seconds = 1.0
            await record(running, 1)

            async def was_tried():
                return receiver.requests >= 2

            await eventually(was_tried)
            receiver.seconds = 0.0
            await received(receiver, 1)
    # What hung got the event as well, though nobody waited for its answer: at least once.
    assert len({headers["webhook-id"] for headers, _ in receiver.posts}) == 1


async def test_what_happened_while_nobody_served_comes_later(site, tmp_path):
    def made(url, *, serves):
        return webhook(tmp_path / "project", url, storage="sqlite", serves=serves)

    with receiving() as (receiver, url):
        async with made(url, serves=True) as running:
            await opened(running, "webhook")
        async with made(url, serves=False) as running:
            await record(running, 2)
        assert receiver.requests == 0
        async with made(url, serves=True):
            await received(receiver, 2)


async def test_it_is_reloaded_with_new_code_and_loses_nothing(site, tmp_path):
    with receiving() as (receiver, url):
        async with webhook(tmp_path / "project", url) as running:
            await opened(running, "webhook")
            await record(running, 1)
            await received(receiver, 1)
            edit(site / "acme_webhook/observer.py", '"type": event.kind', '"type": event.kind.upper()')
            assert await reload(running, "webhook") == 2
            await record(running, 1)
            await received(receiver, 2)
    assert receiver.types() == ["test.happened", "TEST.HAPPENED"]


@pytest.mark.parametrize(
    ("given", "code"), [({"url": "ftp://example.com"}, "bad-url"), ({"secret": "whsec_?"}, "bad-secret")]
)
async def test_what_is_wrong_in_the_configuration_is_told(site, tmp_path, given, code):
    with pytest.raises(InputError) as caught:
        async with webhook(tmp_path / "project", **{"url": "http://127.0.0.1:1/", **given}):
            pass
    assert caught.value.code == code
