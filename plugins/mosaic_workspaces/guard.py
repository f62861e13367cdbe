"""A watch over Mosaic itself: where Mosaic is killed outright, what it started dies with it.

Owns one small shell that waits for the end of a pipe that only Mosaic holds, and then kills every
process that carries this Mosaic's mark. It uses no time until then.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from . import spawning

_SCRIPT = """
trap '' HUP INT TERM QUIT
read -r farewell && exit 0
for round in 1 2 3; do
  for process in /proc/[0-9]*; do
    if grep -q -s -F -e "$1" "$process/environ"; then kill -9 "${process#/proc/}" 2>/dev/null; fi
  done
done
"""


class Guard:
    """Kills what carries `prefix` in its environment when this process ends without `close`."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe = -1

    def watch(self) -> None:
        """Begin to watch, or go on."""
        if self._process is not None and self._process.poll() is None:
            return
        self.close()
        read_end, self._pipe = os.pipe()
        try:
            self._process = spawning.start(
                ["/bin/sh", "-c", _SCRIPT, "mosaic-guard", self._prefix],
                directory=Path("/"),
                environment={"PATH": os.environ.get("PATH", os.defpath)},
                stdin=read_end,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        finally:
            os.close(read_end)

    def close(self) -> None:
        """Send the guard home; nothing is killed."""
        if self._pipe >= 0:
            try:
                os.write(self._pipe, b"farewell\n")
            except BrokenPipeError:
                pass  # it was killed by somebody; there is nothing left to send home
            finally:
                os.close(self._pipe)
                self._pipe = -1
        if self._process is not None:
            self._process.wait()
            self._process = None
