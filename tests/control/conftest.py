import pytest
import trio
from control_client import Client, Served
from control_system import System

from mosaic_control.settings import Config
from mosaic_control.transport import ControlTransport

LIMITS = {"connections": 8, "requests": 4}


@pytest.fixture
def served(tmp_path):
    return Served(tmp_path / ".mosaic")


@pytest.fixture
async def start(served, nursery):
    """Start a transport; it is closed at the end."""
    made = []

    async def begin(within=None, **config):
        transport = ControlTransport(served, Config(**config))
        (within or nursery).start_soon(transport.serve)
        made.append(transport)
        with trio.fail_after(5):
            while not transport.addresses:
                await trio.lowlevel.checkpoint()
        return transport

    yield begin
    for transport in made:
        transport.close()


@pytest.fixture
async def transport(start):
    return await start(**LIMITS)


@pytest.fixture
async def connect():
    """Connect a client to a transport; it is closed at the end."""
    made = []

    async def begin(transport):
        path = transport.addresses[0].removeprefix("unix://")
        made.append(Client(await trio.open_unix_socket(path)))
        return made[-1]

    yield begin
    for client in made:
        await trio.aclose_forcefully(client.stream)


@pytest.fixture
async def client(transport, connect):
    return await connect(transport)


@pytest.fixture
def system(tmp_path):
    made = System(tmp_path)
    yield made
    made.close()
