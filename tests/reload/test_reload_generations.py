"""A reload puts new code in place; whatever is under way goes on, and nothing is lost."""

import pickle
import sys
import weakref
from contextlib import aclosing

import pytest
import trio
from reload_code import SERVER, served
from reload_garbage import collect

from mosaic_hookspecs import NotFound, Refused, Unavailable


async def reload(kernel, name="served", **more):
    report = await kernel.dispatch("plugins.reload", {"name": name, **more})
    return report.changes[0]


async def test_new_code_answers_after_a_reload(place):
    served(place)
    async with place.kernel("served") as kernel:
        assert (await kernel.dispatch("served.ask", {})).word == "one"
        served(place, "two")
        assert (await kernel.dispatch("served.ask", {})).word == "one"
        change = await reload(kernel)
        assert (change.state, change.generation, change.error) == ("running", 2, "")
        answer = await kernel.dispatch("served.ask", {})
        assert (answer.word, answer.generation) == ("two", 2)


async def test_an_edit_of_the_same_size_in_the_same_moment_is_seen(place):
    served(place, "aaa")
    async with place.kernel("served") as kernel:
        for word in ("bbb", "ccc", "ddd"):
            served(place, word)
            await reload(kernel)
            assert (await kernel.dispatch("served.ask", {})).word == word


async def test_a_call_in_flight_stays_wholly_on_the_old_code(place, quick):
    code = SERVER.replace(
        "await trio.lowlevel.checkpoint()\n            from", "await trio.sleep(data.number)\n            from"
    )
    served(place, "one", code)
    answers = []
    async with place.kernel("served") as kernel, trio.open_nursery() as nursery:

        async def ask():
            answers.append(await kernel.dispatch("served.ask", {"number": 1}))

        await kernel.dispatch("served.ask", {})  # the module that is imported late is there now
        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        place.write("served", words="WORD = 'two'\n", late="LATE = '!'\n")
        await reload(kernel, waits=False)
        answer = await kernel.dispatch("served.ask", {})
        assert (answer.word, answer.generation) == ("two!", 2)
    assert [(one.word, one.generation) for one in answers] == [("one", 1)]


async def test_a_late_import_of_an_old_generation_finds_its_own_modules(place, quick):
    served(place)
    async with place.kernel("served") as kernel:
        await reload(kernel)
        old = kernel.runtime.slots["served"].generation
        code = SERVER.replace(
            "await trio.lowlevel.checkpoint()\n            from",
            "await trio.sleep(data.number)\n            from",
        )
        place.write("served", code, words="WORD = 'slow'\n")
        await reload(kernel)
        answers = []
        async with trio.open_nursery() as nursery:

            async def ask():
                answers.append(await kernel.dispatch("served.ask", {"number": 1}))

            nursery.start_soon(ask)
            await trio.testing.wait_all_tasks_blocked()
            # `late` was not imported yet by that generation, and is changed before it is.
            place.write("served", words="WORD = 'new'\n", late="LATE = '?'\n")
            await reload(kernel, waits=False)
            assert (await kernel.dispatch("served.ask", {})).word == "new?"
        assert answers[0].word == "slow"
        assert old.is_stopped


async def test_state_is_handed_over_and_no_command_is_lost(place):
    served(place)
    async with place.kernel("served") as kernel:
        answers = []
        done = trio.Event()

        async def add():
            while not done.is_set():
                answers.append(await kernel.dispatch("served.add", {}))

        async with trio.open_nursery() as nursery:
            for _ in range(16):
                nursery.start_soon(add)
            for _ in range(10):
                await reload(kernel)
                await trio.sleep(0.005)
            done.set()
        numbers = [one.number for one in answers]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
        assert {one.generation for one in answers} >= {1, 11}


async def test_a_stream_goes_on_without_loss_or_repeat(place, quick):
    served(place)
    async with place.kernel("served") as kernel:
        items = []

        async def follow():
            async with aclosing(kernel.follow("served.count", {})) as stream:
                async for item in stream:
                    items.append(item)
                    if item.generation == 4 and len(items) > 20:
                        return

        async with trio.open_nursery() as nursery:
            nursery.start_soon(follow)
            for _ in range(3):
                await trio.sleep(0.1)
                await reload(kernel)
        assert [item.number for item in items] == list(range(len(items)))
        assert {item.generation for item in items} == {1, 2, 3, 4}


async def test_a_stream_that_cannot_go_on_ends_with_words_when_the_time_to_drain_is_up(place, quick):
    served(place)
    async with place.kernel("served", settings={"kernel.drain_seconds": 0.2}) as kernel:
        items = []

        async def follow():
            async for item in kernel.follow("served.endless", {}):
                items.append(item)
                if len(items) == 3:
                    assert (await reload(kernel, waits=False)).generation == 2

        with pytest.raises(Unavailable) as ended:
            await follow()
        assert ended.value.code == "stream-ended"
        assert len(items) > 5
        assert {item.generation for item in items} == {1}


async def test_a_call_that_moves_is_made_again_on_the_next_generation(place, quick):
    served(place)
    async with place.kernel("served") as kernel, trio.open_nursery() as nursery:
        answers = []

        async def drive():
            answers.append(await kernel.dispatch("served.drive", {"number": 1}))

        nursery.start_soon(drive)
        await trio.sleep(0.1)
        await reload(kernel)
        assert not answers
    assert [one.generation for one in answers] == [2]


async def test_calls_that_do_not_end_in_time_are_told_of(place, quick):
    served(
        place,
        code=SERVER.replace("mosaic_export_state", "export").replace(
            "@hookimpl\n    async def export", "async def export"
        ),
    )
    async with (
        place.kernel("served", settings={"kernel.drain_seconds": 0.1}) as kernel,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(kernel.dispatch, "served.wait", {"number": 1})
        await trio.testing.wait_all_tasks_blocked()
        change = await reload(kernel)
        assert "1 calls of generation 1 did not end" in change.warning
        assert (await kernel.dispatch("served.ask", {})).generation == 2


async def test_state_that_cannot_be_held_leaves_the_old_generation(place, quick):
    served(place)
    async with (
        place.kernel("served", settings={"kernel.hold_seconds": 0.1}) as kernel,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(kernel.dispatch, "served.wait", {"number": 1})
        await trio.testing.wait_all_tasks_blocked()
        with pytest.raises(Refused) as refused:
            await reload(kernel)
        assert refused.value.code == "hold-timeout"
        assert "step 'hold'" in refused.value.what
        assert (await kernel.dispatch("served.ask", {})).generation == 1


async def test_nothing_grows_and_old_generations_die(place):
    served(place)
    async with place.kernel("served") as kernel:
        await kernel.dispatch("served.add", {})
        refs = []
        sizes = []
        for _ in range(12):
            refs.append(weakref.ref(kernel.runtime.slots["served"].generation.instance))
            await reload(kernel)
            await kernel.dispatch("served.ask", {})
            collect()
            sizes.append((len(sys.modules), len(place.fresh_modules())))
        assert [ref for ref in refs if ref() is not None] == []
        assert len(set(sizes[5:])) == 1
        assert sizes[-1][1] == 4  # the package and three modules of the live edition
    assert place.fresh_modules() == []


async def test_the_canonical_name_leads_to_what_serves(place):
    served(place)
    async with place.kernel("served") as kernel:
        await reload(kernel)
        import made_up_served.late
        import made_up_served.plugin

        answer = await kernel.dispatch("served.ask", {})
        assert type(answer) is made_up_served.plugin.Answer
        assert type(answer).__module__ == "made_up_served.plugin"
        assert pickle.loads(pickle.dumps(answer)) == answer
        assert made_up_served.late.LATE == ""


async def test_a_plugin_that_imports_itself_by_its_full_name_stays_in_its_generation(place):
    served(
        place,
        code=SERVER.replace(
            "from .words import WORD", "import made_up_served.words\nfrom made_up_served.words import WORD"
        ),
    )
    async with place.kernel("served") as kernel:
        await reload(kernel)
        served(place, "two", code=None)
        place.write("served", words="WORD = 'two'\n")
        await reload(kernel)
        assert (await kernel.dispatch("served.ask", {})).word == "two"


async def test_an_unknown_plugin_and_one_that_does_not_run_are_refused(place):
    served(place)
    async with place.kernel("served", settings={"plugins.served": False}) as kernel:
        with pytest.raises(Refused) as refused:
            await reload(kernel)
        assert refused.value.code == "not-running"
        with pytest.raises(NotFound) as unknown:
            await reload(kernel, "serve")
        assert "'served'" in unknown.value.hint


async def test_followers_are_reloaded_after_it_in_order(place):
    served(place)
    plain = "class Plugin:\n    pass\n"
    place.write("second", plain, manifest="second:\n  after: [served]\n  follows: [served]\n")
    place.write("third", plain, manifest="third:\n  after: [second]\n  follows: [second]\n")
    place.write("other", plain, manifest="other:\n  after: [served]\n")
    async with place.kernel("served", "second", "third", "other") as kernel:
        report = await kernel.dispatch("plugins.reload", {"name": "served"})
        assert [(one.name, one.generation) for one in report.changes] == [
            ("served", 2),
            ("second", 2),
            ("third", 2),
        ]
        assert (await kernel.dispatch("plugins.info", {"name": "other"})).generation == 1


async def test_what_a_program_imported_before_goes_on_working(place):
    served(place)
    import made_up_served.plugin as before

    async with place.kernel("served") as kernel:
        for word in ("two", "three"):
            place.write("served", words=f"WORD = {word!r}\n")
            await reload(kernel)
        import made_up_served.plugin as meanwhile

        assert meanwhile is not before
        operations = before.Plugin().mosaic_operations(kernel.runtime.slots["served"].generation.context)
        answer = await operations[0].handler(before.Ask(), None)  # imports a module of its own, late
        assert type(answer) is before.Answer
        assert answer.word == "one"
    import made_up_served.plugin as afterwards

    assert afterwards is before
    assert before.Answer.__module__ == "made_up_served.plugin"
    operations = before.Plugin().mosaic_operations(None)
    assert len(operations) == 6


LATE_FILES = """from .late import LATE

            import importlib.resources

            LATE = (importlib.resources.files(__package__) / "words.txt").read_text()
"""


async def test_the_files_of_a_package_can_be_read_in_every_generation(place):
    package = served(place, code=SERVER.replace("from .late import LATE\n", LATE_FILES))
    (package / "words.txt").write_text("!")
    async with place.kernel("served") as kernel:
        for _ in range(2):
            assert (await kernel.dispatch("served.ask", {})).word == "one!"
            await reload(kernel)
