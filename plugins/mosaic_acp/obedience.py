"""What of a repository an agent's program would obey besides its prompt: servers, hooks, endpoints, code.

Refuses to start a program where such a file stands, unless whoever configured the agent trusts the repository:
it would be obeyed before anything is asked of Mosaic's policy, with the agent's keys.
"""

from __future__ import annotations

import os
from pathlib import Path

from mosaic_hookspecs import Refused

from .presets import Launch


def require_harmless(launch: Launch, directory: Path) -> None:
    """Refuse to start a program in a directory that holds configuration for it.

    Raises:
        Refused: it does (code ``repository-configuration``).
    """
    if launch.settings.trusts_repository:
        return
    # A link that leads nowhere now may lead somewhere when the program looks.
    found = [name for name in launch.preset.obeys if os.path.lexists(directory / name)]
    if found:
        raise Refused(
            "repository-configuration",
            f"the repository holds configuration that {launch.name} would obey, whoever wrote it",
            where=found[0],
            expected="none of " + ", ".join(launch.preset.obeys),
            got=", ".join(found),
            hint="Take it out of the repository; or, if you trust all who write there, agents included, set "
            f"plugins.acp.agents.{launch.name}.trusts_repository: true.",
        )
