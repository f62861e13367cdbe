"""Transports, right and wrong in every way that the kit looks for."""

from __future__ import annotations

import os
import threading

import trio

kept = []
"""File descriptors that the wrong ones leave open, to be closed at the end of a test."""
released = threading.Event()


class Right:
    """Echoes, on a free port of 127.0.0.1."""

    def __init__(self):
        self.name = "echo"
        self.addresses = ()

    async def serve(self):
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.addresses = (f"tcp://127.0.0.1:{listener.socket.getsockname()[1]}",)
        try:
            await trio.serve_listeners(self.answer, [listener])
        finally:
            self.addresses = ()

    async def answer(self, stream):
        try:
            async for data in stream:
                await stream.send_all(data)
        except trio.BrokenResourceError:
            return


class OnUnix(Right):
    """Echoes, on a Unix socket."""

    def __init__(self, path):
        super().__init__()
        self.path = path

    async def serve(self):
        socket = trio.socket.socket(trio.socket.AF_UNIX)
        await socket.bind(os.fspath(self.path))
        socket.listen()
        self.addresses = (f"http+unix://{self.path}",)
        try:
            await trio.serve_listeners(self.answer, [trio.SocketListener(socket)])
        finally:
            self.addresses = ()
            self.path.unlink()


class OnInput:
    """Listens nowhere."""

    name = "stdio"
    addresses = ()
    has_addresses = False

    async def serve(self):
        await trio.lowlevel.checkpoint()


class Nameless(Right):
    def __init__(self):
        super().__init__()
        self.name = ""


class Renaming(Right):
    async def serve(self):
        self.name = "echo, serving"
        await super().serve()


class Returning(Right):
    async def serve(self):
        self.addresses = ("tcp://127.0.0.1:1",)


class Raising(Right):
    async def serve(self):
        raise OSError("the port is taken")


class Silent(Right):
    async def serve(self):
        await trio.sleep_forever()


class Remembering(Right):
    async def serve(self):
        try:
            await super().serve()
        finally:
            self.addresses = ("tcp://127.0.0.1:1",)


class Announcing(Right):
    def __init__(self):
        super().__init__()
        self.addresses = ("tcp://127.0.0.1:1",)


class Lying(Right):
    async def serve(self):
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listener.socket.getsockname()[1]
        await listener.aclose()
        self.addresses = (f"http://127.0.0.1:{port}/",)
        try:
            await trio.sleep_forever()
        finally:
            self.addresses = ()


class Everywhere(Right):
    address = "http://0.0.0.0:8080"

    async def serve(self):
        self.addresses = (self.address,)
        try:
            await trio.sleep_forever()
        finally:
            self.addresses = ()


class NoUrl(Everywhere):
    address = "127.0.0.1:8080"


class NoPort(Everywhere):
    address = "tcp://127.0.0.1"


class Swallowing(Right):
    async def serve(self):
        try:
            await super().serve()
        except BaseException:  # noqa: BLE001 - what is wrong with it
            return


class Slow(Right):
    async def serve(self):
        try:
            await super().serve()
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(1.5)


class Once(Right):
    has_served = False

    async def serve(self):
        if self.has_served:
            raise RuntimeError("serve() was called twice")
        self.has_served = True
        await super().serve()


class StillListening(Right):
    async def serve(self):
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        kept.append(os.dup(listener.socket.fileno()))
        self.addresses = (f"tcp://127.0.0.1:{listener.socket.getsockname()[1]}",)
        try:
            await trio.serve_listeners(self.answer, [listener])
        finally:
            self.addresses = ()


class Fragile(Right):
    async def answer(self, stream):
        async for data in stream:
            data.decode("ascii")


class Threading(Right):
    async def serve(self):
        threading.Thread(target=released.wait, name="echo-worker", daemon=True).start()
        await super().serve()


class Opening(Right):
    async def serve(self):
        kept.extend(os.pipe())
        await super().serve()


class Straying(Right):
    async def serve(self):
        trio.lowlevel.spawn_system_task(trio.sleep, 100, name="echo-straggler")
        await super().serve()


class Patient(Right):
    async def answer(self, stream):
        kept.append(os.dup(stream.socket.fileno()))
        await super().answer(stream)


class Blocking(Right):
    def serve(self):
        raise OSError("this is no way to serve")


def tidy_up():
    """End what the wrong ones left behind."""
    released.set()
    for one in kept:
        if isinstance(one, int):
            os.close(one)
    kept.clear()
