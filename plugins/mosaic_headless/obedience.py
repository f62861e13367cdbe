"""What of a repository an agent's program would obey besides its prompt: servers, hooks, endpoints, code.

Refuses to start a program where such a file stands, unless whoever configured the agent trusts the repository:
it would be obeyed before any model is asked, with the agent's keys, and outside of what its prompt can hold.
"""

from __future__ import annotations

import os
from pathlib import Path

from mosaic_hookspecs.errors import Refused

from .configuration import AgentSettings
from .preset import Preset


def require_harmless(preset: Preset, settings: AgentSettings, directory: Path, agent: str) -> None:
    """Refuse to start a program in a directory that holds configuration for it.

    Raises:
        Refused: it does (code ``repository-configuration``).
    """
    if settings.trusts_repository:
        return
    # A link that leads nowhere now may lead somewhere when the program looks.
    found = [name for name in preset.obeys if os.path.lexists(directory / name)]
    if found:
        raise Refused(
            "repository-configuration",
            f"the repository holds configuration that {preset.title} would obey, whoever wrote it",
            where=found[0],
            expected="none of " + ", ".join(preset.obeys),
            got=", ".join(found),
            hint="Take it out of the repository; or, if you trust all who write there, agents included, set "
            f"plugins.headless.agents.{agent}.trusts_repository: true.",
        )
