"""Documents that many change at once: by tasks and by processes, nothing is lost; collections that are read."""

import subprocess
import sys
from pathlib import Path

import pytest
import trio

from mosaic_hookspecs import Refused, change_document, documents_of

CHILD = Path(__file__).with_name("store_child.py")


def add(name):
    def change(body):
        names = [*body["names"], name] if body is not None else [name]
        return {"names": names}, len(names)

    return change


async def test_no_change_of_many_tasks_is_lost(mosaic_provider):
    answers = []
    async with mosaic_provider() as storage:

        async def change(name):
            answers.append(await change_document(storage, "kit.a", "k", add(name)))

        async with trio.open_nursery() as nursery:
            for name in range(40):
                nursery.start_soon(change, name)
        document = await storage.get_document("kit.a", "k")
    assert sorted(document.body["names"]) == list(range(40))
    assert sorted(answers) == list(range(1, 41))
    assert document.version == 40


async def test_no_change_of_two_processes_is_lost(sqlite_store, tmp_path):
    def child(name):
        command = [sys.executable, "-W", "error", str(CHILD), "change", str(tmp_path), name]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        return subprocess.Popen(command, text=True, **pipes)

    with child("a") as one, child("b") as other:
        for process in (one, other):
            assert process.stdout.readline() == "open\n"
        for process in (one, other):
            process.stdin.write("go\n")
            process.stdin.flush()
        told = [process.communicate(timeout=60)[0].split() for process in (one, other)]
    async with sqlite_store(tmp_path) as storage:
        document = await storage.get_document("child", "k")
    names = document.body["names"]
    assert sorted(names) == sorted(told[0] + told[1]) == sorted(f"{who}{n}" for who in "ab" for n in range(20))
    assert document.version == 40


async def test_what_is_left_as_it_is_is_not_written(mosaic_provider):
    async with mosaic_provider() as storage:
        assert await change_document(storage, "kit.a", "k", lambda body: (body, "none")) == "none"
        assert await storage.get_document("kit.a", "k") is None
        written = await storage.put_document("kit.a", "k", {"n": 1})
        assert await change_document(storage, "kit.a", "k", lambda body: (body, body["n"])) == 1
        assert await storage.get_document("kit.a", "k") == written


async def test_what_a_change_refuses_is_raised_and_not_tried_again(mosaic_provider):
    calls = []

    def refuse(body):
        calls.append(body)
        raise Refused("version-conflict", "as a plugin's own check may call it, too")

    async with mosaic_provider() as storage:
        with pytest.raises(Refused, match="own check"):
            await change_document(storage, "kit.a", "k", refuse)
        assert await storage.get_document("kit.a", "k") is None
    assert calls == [None]


async def test_collections_are_read_through_all_or_below_a_prefix(mosaic_provider):
    keys = ["a/", "a/1", "a/1/x", "a0", "ab", "b/1", *(f"m/{number:03}" for number in range(201))]
    async with mosaic_provider() as storage:
        for key in keys:
            await storage.put_document("kit.a", key, {})
        await storage.put_document("kit.b", "a/2", {})

        async def found(prefix=""):
            return [one.key for one in await documents_of(storage, "kit.a", prefix)]

        assert await found() == keys
        assert await found("a/") == ["a/1", "a/1/x"]
        assert await found("a") == ["a/", "a/1", "a/1/x", "a0", "ab"]
        assert await found("m/") == keys[6:]
        assert await found("n") == []
