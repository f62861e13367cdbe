"""Where a kernel keeps its files, for whoever looks for one that runs: found without making a kernel.

Reads no more than that takes. A profile that names another state directory is not looked into.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .config_files import ENVIRONMENT_PREFIX, STATE_DIRECTORY, find_project_file, user_file

_KEY = "state_directory"


def state_directory_of(directory: Path, environment: Mapping[str, str] | None = None) -> Path:
    """Return the state directory of the project that `directory` is in; it may not exist.

    Raises:
        InputError: a file of the configuration is wrong.
    """
    variables = os.environ if environment is None else environment
    project = find_project_file(directory)
    found: Any = variables.get(f"{ENVIRONMENT_PREFIX}{_KEY.upper()}")
    for file in (project, user_file(variables)):
        if found is None and file is not None:
            found = _named_in(file)
    home = project.parent if project else directory
    return home / (found if isinstance(found, str) else STATE_DIRECTORY)


def _named_in(file: Path) -> Any:
    try:
        # What is no file may never end; that it is none is told when a kernel is started.
        if not file.is_file() or _KEY not in file.read_text("utf-8", "replace"):
            return None
    except OSError:
        return None
    from .documents import read_yaml

    data = read_yaml(file).data
    return data.get(_KEY) if isinstance(data, Mapping) else None
