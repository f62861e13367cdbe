"""A plugin's context, for tests of an agent alone: its operations are functions of the test."""

from mosaic_hookspecs import NotFound


class Bus:
    def __init__(self):
        self.notices = []

    def publish(self, topic, body):
        self.notices.append((topic, body))


class Log:
    def debug(self, event, **facts):
        pass


class FakeContext:
    """Carries out `operations`; keeps what was `asked`, and what was published on the bus."""

    def __init__(self, operations, state_directory=None):
        self.operations = operations
        self.state_directory = state_directory
        self.bus = Bus()
        self.log = Log()
        self.asked = []

    async def dispatch(self, name, data, principal=None):
        self.asked.append((name, data))
        if name not in self.operations:
            raise NotFound("unknown-operation", f"there is no operation {name!r}")
        return await self.operations[name](data)
