"""A plugin in a process of its own can do what one in the kernel's process can."""

import gc
import io
import sys
import threading
import weakref
from pathlib import Path

import attrs
import pytest
import trio
from remote_opening import do, subject, subject_kernel

from mosaic_hookspecs import (
    Draft,
    InputError,
    Manifest,
    Operation,
    OperationKind,
    Principal,
    Refused,
    Unavailable,
    hookimpl,
    seal_draft,
)
from mosaic_kernel.json_schema import configuration_schema, record_schema


@attrs.frozen(kw_only=True)
class Plain:
    text: str
    by: str = ""


class Other:
    """A plugin of the kernel's own process."""

    @hookimpl
    def mosaic_operations(self, context):
        async def plain(data, call):
            return Plain(text=data.text, by=call.principal.name)

        return [
            Operation(
                name="other.plain",
                kind=OperationKind.QUERY,
                input=Plain,
                output=Plain,
                handler=plain,
                permission="",
                summary="Say it again.",
            )
        ]


OTHER = ("other", Other, Manifest())


async def test_an_operation_is_carried_out(tmp_path):
    async with subject_kernel(tmp_path, **{"plugins.subject.greeting": "Servus"}) as kernel:
        someone = Principal(name="ada", permissions=frozenset({"subject:read"}))
        data = {"what": "Welt", "number": 7, "parts": [{"name": "a"}, {}]}
        answer = await kernel.dispatch("subject.echo", data, someone)
        assert (answer.text, answer.number) == ("Servus, Welt! ada 2 None", 7)


async def test_every_door_can_show_its_records(tmp_path):
    async with subject_kernel(tmp_path) as kernel:
        operation = kernel.operations()["subject.echo"]
        schema = record_schema(operation.input)
        assert schema["properties"]["what"] == {"type": "string", "default": "", "description": "The question."}
        assert schema["properties"]["parts"]["anyOf"][0]["items"]["properties"]["name"]["type"] == "string"
        assert record_schema(operation.output)["required"] == ["text"]
        assert operation.input.__name__ == "Ask"
        assert operation.input.__doc__ == "What is asked."
        assert operation.permission == "subject:read"
        known = configuration_schema(kernel.runtime.slots)["properties"]["plugins"]["properties"]["subject"]
        assert known["anyOf"][1]["properties"]["greeting"]["description"] == "The word to greet with."


async def test_a_wrong_input_never_reaches_it(tmp_path):
    async with subject_kernel(tmp_path) as kernel:
        with pytest.raises(InputError) as caught:
            await kernel.dispatch("subject.echo", {"number": "seven"})
        assert caught.value.where == "number"


async def test_a_wrong_configuration_is_told_with_its_place(tmp_path):
    with pytest.raises(InputError) as caught:
        async with subject_kernel(tmp_path, **{"plugins.subject.greetin": "x"}):
            pass
    assert "plugins.subject.greetin" in str(caught.value)
    assert "Did you mean 'greeting'?" in str(caught.value)


@pytest.mark.parametrize("step", ["provide", "validate", "start"])
async def test_what_it_refuses_at_its_start_arrives(tmp_path, step):
    with pytest.raises(Refused) as caught:
        async with subject_kernel(tmp_path, **{"plugins.subject.fails_at": step}):
            pass
    assert (caught.value.code, caught.value.hint) == ("as-asked", "Ask otherwise.")


async def test_a_stream_makes_what_is_asked_for_and_no_more(tmp_path):
    async with subject_kernel(tmp_path) as kernel:
        stream = kernel.follow("subject.count", {"number": 1_000_000})
        seen = [(await anext(stream)).number for _ in range(5)]
        await stream.aclose()
        assert seen == [0, 1, 2, 3, 4]
        assert await do(kernel, "made_items") == "5"
        assert await do(kernel, "recall") == "stream closed"
        assert [item.number async for item in kernel.follow("subject.count", {"number": 3})] == [0, 1, 2]


async def test_a_stream_says_how_it_goes_on(tmp_path):
    async with subject_kernel(tmp_path) as kernel:
        operation = kernel.operations()["subject.count"]
        item = operation.output(text="item", number=3)
        assert operation.resume(operation.input(number=10), item).number == 6


async def test_being_cancelled_here_is_being_cancelled_there(tmp_path):
    async with subject_kernel(tmp_path) as kernel:
        with trio.move_on_after(0.3) as scope:
            await do(kernel, "sleep")
        assert scope.cancelled_caught
        assert await do(kernel, "recall") == "cancelled"


async def test_errors_arrive_as_they_were(tmp_path):
    async with subject_kernel(tmp_path) as kernel:
        with pytest.raises(FileNotFoundError) as missing:
            await do(kernel, "raise_os_error")
        assert missing.value.filename == "/nowhere"
        with pytest.raises(Unavailable, match="ZeroDivisionError: by zero"):
            await do(kernel, "raise_plainly")
        with pytest.raises(Unavailable, match="SystemExit"):
            await do(kernel, "exit")
        with pytest.raises(Unavailable, match="scheduling"):
            await do(kernel, "missing_port")
        with pytest.raises(Unavailable, match="storage took longer"):
            await do(kernel, "slow_port")
        assert await do(kernel, "pid")


async def test_an_interceptor_sees_passes_changes_and_refuses(tmp_path):
    async with subject_kernel(tmp_path, plugins=[OTHER]) as kernel:
        given = Plain(text="as it is")
        assert await kernel.dispatch("other.plain", given) == Plain(text="as it is", by="local")
        changed = await kernel.dispatch("other.plain", Plain(text="change"))
        assert changed == Plain(text="changed twice", by="local")
        with pytest.raises(Refused, match="the subject refuses"):
            await kernel.dispatch("other.plain", Plain(text="refuse"))


async def test_it_dispatches_to_other_plugins(tmp_path):
    async with subject_kernel(tmp_path, plugins=[OTHER]) as kernel:
        assert await do(kernel, "ask_other") == "Plain from the child subject"


async def test_it_uses_providers_of_other_plugins(tmp_path):
    async with subject_kernel(tmp_path) as kernel:
        assert await do(kernel, "port_names") == "memory"
        assert await do(kernel, "use_storage") == "True Document 0 False"
        assert (await kernel.port("storage").get().get_document("subject.kept", "k")).body == {"n": 1}


async def test_it_listens_and_publishes(tmp_path):
    async with (
        subject_kernel(tmp_path) as kernel,
        trio.open_nursery() as nursery,
        kernel.bus.subscribe("subject.*") as notices,
    ):

        async def tell():
            assert (await anext(notices)).body == "now"
            kernel.bus.publish("news.today", {"n": 1})

        nursery.start_soon(tell)
        assert await do(kernel, "listen") == "news.today {'n': 1}"


async def test_its_providers_fill_ports(tmp_path):
    async with subject_kernel(tmp_path) as kernel, kernel.bus.subscribe("subject.saw") as notices:
        screen = kernel.port("ui").get("screen")
        assert [one.title for one in screen.contributions()] == ["Asked 1"]
        assert [one.data for one in screen.contributions()] == [{"n": 2}]
        draft = Draft(kind="kit.seen")
        event = seal_draft(draft, sequence=1, at=5, by="x", previous="0" * 64)
        await kernel.port("observe").get("watcher").observe([event])
        assert (await anext(notices)).body == ["kit.seen"]
        door = kernel.port("transport").get("door")
        assert (door.name, door.addresses) == ("door", [])
        async with trio.open_nursery() as nursery:
            nursery.start_soon(door.serve)
            with trio.fail_after(5):
                while not door.addresses:  # noqa: ASYNC110 - nothing tells of an address
                    await trio.sleep(0.01)
            nursery.cancel_scope.cancel()
        assert door.addresses == []


async def test_it_logs_and_what_it_prints_is_its_log(tmp_path):
    log = io.StringIO()
    async with subject_kernel(tmp_path, log=log) as kernel:
        await do(kernel, "log", facts={"a": 1})
        await do(kernel, "log_from_thread")
        assert await do(kernel, "print") == "printed"
        assert await do(kernel, "pid")
    text = log.getvalue()
    assert "warning subject subject.spoke bound=1" in text
    assert "ValueError: bad" in text
    assert "error   subject subject.thread" in text
    assert 'process.stderr line="printed by the plugin"' in text
    assert 'line="written to descriptor 1"' in text
    assert 'line="cleaned up"' in text


async def test_it_knows_where_and_when_it_is(tmp_path):
    async with subject_kernel(tmp_path) as kernel:
        assert await do(kernel, "places") == f"subject 1 {tmp_path / '.mosaic'} {tmp_path}"
        assert abs(int(await do(kernel, "now")) - kernel.runtime.clock.now()) < 5000


async def test_its_health_is_asked(tmp_path):
    async with subject_kernel(tmp_path) as kernel:
        report = await kernel.dispatch("doctor.check")
        detail = f"pid {await do(kernel, 'pid')}"
        assert any(detail in str(check) for check in report.checks)


async def test_its_state_is_handed_over(tmp_path):
    async with subject_kernel(tmp_path) as kernel:
        await do(kernel, "remember", facts={"what": "the past"})
        before = await do(kernel, "pid")
        await kernel.dispatch("plugins.reload", {"name": "subject"})
        assert await do(kernel, "recall") == "the past (1, 2)"
        assert await do(kernel, "pid") != before


async def test_a_given_plugin_cannot_be_isolated(tmp_path):
    with pytest.raises(InputError) as caught:
        async with subject_kernel(tmp_path, plugins=[OTHER], isolate=["other", "nobody"]):
            pass
    assert [error.code for error in caught.value.others] == ["cannot-isolate", "unknown-plugin"]


async def test_nothing_of_it_is_imported_here(tmp_path):
    async with subject_kernel(tmp_path, subject()) as kernel:
        assert await do(kernel, "pid")
        assert "remote_subject" not in sys.modules


def open_descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_reloads_leave_nothing(tmp_path):
    async with subject_kernel(tmp_path) as kernel:
        counts, old = [], []
        for _ in range(6):
            await do(kernel, "use_storage")
            kernel.port("ui").get("screen").contributions()
            old.append(weakref.ref(kernel.runtime.slots["subject"].generation.instance))
            await kernel.dispatch("plugins.reload", {"name": "subject"})
            gc.collect()
            counts.append((open_descriptors(), threading.active_count()))
        files, threads = zip(*counts, strict=True)
        assert files[-1] <= files[1], counts
        assert threads[-1] <= threads[1], counts
        with trio.move_on_after(10):  # on a busy machine, a thread may hold the last one for a moment
            while any(ref() is not None for ref in old):
                await trio.sleep(0.05)
                gc.collect()
        assert [ref() for ref in old] == [None] * len(old)
