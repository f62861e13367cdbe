"""Asks the kernel's operation ``plugins.check``, without a kernel."""

from pathlib import Path

from mosaic_hookspecs import Call, Principal
from mosaic_kernel.checking.records import CheckPlugin
from mosaic_kernel.checking_operations import checking_operations


async def checked(path, *, types=False, base=None):
    [operation] = checking_operations(base or Path("/"))
    call = Call(operation=operation, principal=Principal(name="test"))
    return await operation.handler(CheckPlugin(path=str(path), types=types), call)
