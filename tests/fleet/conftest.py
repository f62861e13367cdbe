import pytest
from fleet_team import Team

from mosaic_testing.clocks import ControlledClock


@pytest.fixture
def make_team(request, mosaic_kernel):
    """Start a system with workers: ``async with make_team(lease_seconds=10) as team``."""

    # With trio's mock clock both clocks are one; without, time is what it is.
    clock = {"clock": ControlledClock()} if "autojump_clock" in request.fixturenames else {}

    def begin(*plugins, storage="memory", directory=None, settings=None, **config):
        given = {f"plugins.fleet.{name}": value for name, value in config.items()}
        return Team(
            lambda: mosaic_kernel(
                storage,
                "engine",
                "fleet",
                *plugins,
                settings={**given, **(settings or {})},
                directory=directory,
                **clock,
            )
        )

    return begin
