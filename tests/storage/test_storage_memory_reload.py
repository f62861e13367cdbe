"""The memory storage hands what it holds to its next generation."""

import gc
import json
import weakref
from pathlib import Path
from types import SimpleNamespace

import pytest
from store_opening import SystemClock

from mosaic_hookspecs import IntegrityError, RecordEvent, Refused, State
from mosaic_testing.graphs import claim
from mosaic_testing.opening import do, leases
from mosaic_testing.storage_work import everything, some_work

CONTEXT = SimpleNamespace(clock=SystemClock(), state_directory=Path())


def make_plugin():
    # Here, since what was imported before another test's reload is an old generation's.
    from mosaic_memory.plugin import MemoryPlugin

    return MemoryPlugin()


async def generation():
    plugin = make_plugin()
    [provision] = await plugin.mosaic_provide(CONTEXT)
    return plugin, provision.provider


async def test_everything_goes_over_as_plain_data():
    old, store = await generation()
    await some_work(store)
    await store.put_document("kit.b", "", {"n": 1.5})
    state = await old.mosaic_export_state(CONTEXT)
    assert state.version == 1
    data = json.loads(json.dumps(state.data))
    before = await everything(store)
    new, heir = await generation()
    await new.mosaic_import_state(CONTEXT, State(version=state.version, data=data))
    assert await everything(heir) == before
    assert await heir.get_blob((await heir.blobs())[0]) == b"bytes"
    assert (await heir.verify()).is_sound
    assert len(await leases(heir, claim(5))) == 1


async def test_what_happens_later_in_one_does_not_show_in_the_other():
    old, store = await generation()
    await some_work(store)
    state = await old.mosaic_export_state(CONTEXT)
    before = await everything(store)
    new, heir = await generation()
    await new.mosaic_import_state(CONTEXT, state)
    await do(heir, RecordEvent(kind="test.later"))
    await heir.delete_document("kit.a", "k")
    assert await everything(store) == before, "the old generation may have to serve on"


@pytest.mark.parametrize(
    ("state", "kind", "code"),
    [
        (State(version=2, data={"events": [], "documents": [], "blobs": []}), Refused, "state-version"),
        (State(data={"events": []}), IntegrityError, "damaged-state"),
        (State(data=None), IntegrityError, "damaged-state"),
    ],
)
async def test_what_cannot_be_read_is_refused_and_nothing_is_taken(state, kind, code):
    plugin, store = await generation()
    await some_work(store)
    before = await everything(store)
    with pytest.raises(kind) as caught:
        await plugin.mosaic_import_state(CONTEXT, state)
    assert caught.value.code == code
    assert await everything(store) == before


async def test_the_old_generation_is_forgotten():
    old, store = await generation()
    await some_work(store)
    new, _ = await generation()
    await new.mosaic_import_state(CONTEXT, await old.mosaic_export_state(CONTEXT))
    gone = weakref.ref(store)
    del old, store
    gc.collect()
    assert gone() is None


async def test_a_plugin_that_provides_nothing_yet_hands_nothing_over():
    assert await make_plugin().mosaic_export_state(CONTEXT) is None
