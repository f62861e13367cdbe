"""The kernel for programs that do not run on trio: plain threads, and asyncio.

Both run trio, and the kernel in it, in a thread of their own. Calls cross over without a thread of
their own each, so that thousands may wait at once.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from concurrent.futures import Future, InvalidStateError
from types import TracebackType
from typing import Any, Self

import trio

from mosaic_hookspecs.errors import Refused
from mosaic_hookspecs.operations import Principal

from .kernel import Kernel

_AHEAD = 16


class _KernelThread:
    """A thread that runs one kernel, and the way into it."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="mosaic-kernel", daemon=True)
        self._token: trio.lowlevel.TrioToken | None = None
        self._nursery: trio.Nursery | None = None
        self._leave = trio.Event()
        self._error: BaseException | None = None

    def start(self) -> Future[None]:
        self._thread.start()
        return self._ready

    def stop(self) -> None:
        """Ask the kernel to leave; `join` waits for it."""
        if self._token is not None and self._thread.is_alive():
            try:
                self._token.run_sync_soon(self._leave.set)
            except trio.RunFinishedError:
                return

    def join(self) -> None:
        self._thread.join()
        if self._error is not None:
            raise self._error

    def submit(self, function: Callable[..., Awaitable[Any]], *args: Any) -> Future[Any]:
        """Await a function in the kernel's thread; cancelling the future cancels it there."""
        future: Future[Any] = Future()
        if self._token is None:
            raise _not_running()

        def begin() -> None:
            if self._nursery is None or self._leave.is_set():
                _settle(future, error=_not_running())
            else:
                self._nursery.start_soon(self._carry, future, function, args)

        try:
            self._token.run_sync_soon(begin)
        except trio.RunFinishedError:
            raise _not_running() from None
        return future

    async def _carry(
        self, future: Future[Any], function: Callable[..., Awaitable[Any]], args: tuple[Any, ...]
    ) -> None:
        with trio.CancelScope() as scope:

            def cancel(done: Future[Any]) -> None:
                if done.cancelled() and self._token is not None:
                    try:
                        self._token.run_sync_soon(scope.cancel)
                    except trio.RunFinishedError:
                        return

            future.add_done_callback(cancel)
            try:
                _settle(future, result=await function(*args))
            except trio.Cancelled:
                _settle(future, error=_not_running())
                raise
            except Exception as error:  # noqa: BLE001 - it belongs to the caller in the other thread
                _settle(future, error=error)

    def _run(self) -> None:
        try:
            trio.run(self._main)
        except BaseException as error:  # noqa: BLE001 - it belongs to the thread that waits
            if not self._ready.done():
                self._ready.set_exception(error)
            else:
                self._error = error

    async def _main(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        async with self._kernel, trio.open_nursery() as self._nursery:
            self._ready.set_result(None)
            await self._leave.wait()
            self._nursery.cancel_scope.cancel()


def _settle(future: Future[Any], *, result: Any = None, error: BaseException | None = None) -> None:
    try:
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)
    except InvalidStateError:
        return


def _not_running() -> Refused:
    return Refused("kernel-stopped", "the kernel is not running")


class _Followed:
    """Takes the items of a stream over from one task in the kernel's thread."""

    def __init__(self, thread: _KernelThread, kernel: Kernel, arguments: tuple[Any, ...]) -> None:
        self._thread = thread
        self._kernel = kernel
        self._arguments = arguments
        self._send, self._receive = trio.open_memory_channel[Any](_AHEAD)
        self._pump: Future[Any] | None = None

    def next(self) -> Future[Any]:
        """Return the future of the next item; at the end it raises `trio.EndOfChannel`."""
        if self._pump is None:
            self._pump = self._thread.submit(self._feed)
        return self._thread.submit(self._receive.receive)

    def ended(self) -> None:
        """Raise what the stream ended with, if that was an error."""
        if self._pump is not None and self._pump.done() and not self._pump.cancelled():
            self._pump.result()

    def close(self) -> None:
        if self._pump is not None:
            self._pump.cancel()

    async def _feed(self) -> None:
        from contextlib import aclosing

        async with self._send:
            name, data, principal = self._arguments
            try:
                async with aclosing(self._kernel.follow(name, data, principal)) as items:
                    async for item in items:
                        await self._send.send((item, None))
            except Exception as error:  # noqa: BLE001 - it belongs to the caller in the other thread
                await self._send.send((None, error))


class BlockingKernel:
    """A kernel for plain threads: ``with BlockingKernel(profile="local") as kernel``.

    Takes the arguments of `Kernel`. Its methods may be called from any thread but the kernel's own, and
    block the caller only.
    """

    def __init__(self, **arguments: Any) -> None:
        self._kernel = Kernel(**arguments)
        self._thread = _KernelThread(self._kernel)

    def __enter__(self) -> Self:
        self._thread.start().result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.stop()
        self._thread.join()

    def dispatch(
        self, name: str, data: Any = None, principal: Principal | None = None, *, timeout: float | None = None
    ) -> Any:
        """Carry out a query or command; see `Kernel.dispatch`.

        Raises:
            TimeoutError: it took longer than `timeout` seconds, and was cancelled.
        """
        future = self._thread.submit(self._kernel.dispatch, name, data, principal)
        try:
            return future.result(timeout)
        except BaseException:
            future.cancel()
            raise

    def follow(
        self, name: str, data: Any = None, principal: Principal | None = None
    ) -> Generator[Any, None, None]:
        """Follow a stream; see `Kernel.follow`. Leaving the iteration ends it."""
        followed = _Followed(self._thread, self._kernel, (name, data, principal))
        try:
            while True:
                try:
                    item, error = followed.next().result()
                except trio.EndOfChannel:
                    followed.ended()
                    return
                if error is not None:
                    raise error
                yield item
        finally:
            followed.close()


class AsyncioKernel:
    """A kernel for asyncio: ``async with AsyncioKernel(profile="local") as kernel``.

    Takes the arguments of `Kernel`. Cancelling a task that waits here cancels what it waits for.
    """

    def __init__(self, **arguments: Any) -> None:
        self._kernel = Kernel(**arguments)
        self._thread = _KernelThread(self._kernel)

    async def __aenter__(self) -> Self:
        import asyncio

        try:
            await asyncio.shield(asyncio.wrap_future(self._thread.start()))
        except asyncio.CancelledError:
            self._thread.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        import asyncio

        self._thread.stop()
        await asyncio.to_thread(self._thread.join)

    async def dispatch(self, name: str, data: Any = None, principal: Principal | None = None) -> Any:
        """Carry out a query or command; see `Kernel.dispatch`."""
        import asyncio

        return await asyncio.wrap_future(self._thread.submit(self._kernel.dispatch, name, data, principal))

    async def follow(
        self, name: str, data: Any = None, principal: Principal | None = None
    ) -> AsyncGenerator[Any, None]:
        """Follow a stream; see `Kernel.follow`. Close it (``aclosing``) if it is left early."""
        import asyncio

        followed = _Followed(self._thread, self._kernel, (name, data, principal))
        try:
            while True:
                try:
                    item, error = await asyncio.wrap_future(followed.next())
                except trio.EndOfChannel:
                    followed.ended()
                    return
                if error is not None:
                    raise error
                yield item
        finally:
            followed.close()
