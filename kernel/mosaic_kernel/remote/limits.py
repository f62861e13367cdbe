"""The limits of a child process, and its end with its parent; also a program that sets them and becomes
another: ``python limits.py {"cpu_seconds": 10} node plugin.js``.

Imports the standard library only, and is run by its path, so that it starts fast. The operating system
enforces the limits; without POSIX there are none.
"""

import ctypes
import json
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def apply_limits(memory_bytes: int = 0, cpu_seconds: int = 0, open_files: int = 0) -> None:
    """Limit this process; 0: as it is. A limit that is lower already stays."""
    try:
        import resource
    except ImportError:
        return
    wanted = (
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        # At the first the process is told (SIGXCPU), at the second it is killed.
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1),
        (resource.RLIMIT_NOFILE, open_files, open_files),
    )
    for kind, soft, hard in wanted:
        if soft:
            _, most = resource.getrlimit(kind)
            bound = sys.maxsize if most == resource.RLIM_INFINITY else most
            resource.setrlimit(kind, (min(soft, bound), min(hard, bound)))


def end_with_parent(sign: int) -> None:
    """Have the system send `sign` to this process when its parent ends, where the system can (Linux)."""
    if sys.platform.startswith("linux"):
        parent = os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(sign))
        if os.getppid() != parent:  # it ended before
            os.kill(os.getpid(), sign)


if __name__ == "__main__":
    end_with_parent(signal.SIGKILL)
    apply_limits(**json.loads(sys.argv[1]))
    try:
        os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - becoming that program is the point
    except OSError as error:
        sys.exit(f"{sys.argv[2]}: {error.strerror}")
