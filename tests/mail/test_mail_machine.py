"""Random walks of mail beside its model."""

import os

from hypothesis import HealthCheck, Phase, settings
from mail_machine import MailMachine

_FACTOR = float(os.environ.get("MOSAIC_CHAOS", "1"))


def _walks(examples, steps):
    return settings(
        max_examples=max(1, int(examples * _FACTOR)),
        stateful_step_count=steps,
        deadline=None,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),  # ids are random, so shrinking goes astray
        suppress_health_check=list(HealthCheck),
    )


class InMemory(MailMachine):
    pass


class OnSqliteByTwo(MailMachine):
    storage = "sqlite"
    kernels = 2


TestInMemory = InMemory.TestCase
TestInMemory.settings = _walks(8, 40)
TestOnSqliteByTwo = OnSqliteByTwo.TestCase
TestOnSqliteByTwo.settings = _walks(3, 30)
