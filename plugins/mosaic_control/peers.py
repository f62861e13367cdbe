"""Who is at the other end of a Unix socket."""

from __future__ import annotations

import os
import struct
from typing import Any

_CREDENTIALS = struct.Struct("3i")


def is_same_user(connection: Any) -> bool:
    """Whether the other end of a connection belongs to the user of this process. Where the system does not
    tell, the modes of the directory and of the socket have decided it.
    """
    import socket

    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True
    data = connection.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size)
    user: int = _CREDENTIALS.unpack(data)[1]
    return user == os.getuid()
