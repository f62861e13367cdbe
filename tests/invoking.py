"""Runs the command line in the test's own process, as a process of its own would run it."""

import contextlib
import io
import os
import sys
from pathlib import Path

from mosaic_cli.main import main


def invoke(argv, directory, environment, stdin=b""):
    """Run Mosaic here with these arguments, directory, environment and input; return its exit code, output
    and error output.
    """
    out, err = io.StringIO(), io.StringIO()
    before = (sys.argv, Path.cwd(), dict(os.environ), sys.stdin)
    sys.argv = ["mosaic", *argv]
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin))
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    code = None
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.argv, sys.stdin = before[0], before[3]
        os.chdir(before[1])
        os.environ.clear()
        os.environ.update(before[2])
    return code if isinstance(code, int) else 0, out.getvalue(), err.getvalue()
