"""A provider that the tests swap, and use meanwhile."""

import trio


class Store:
    """A provider with state, of every form of method."""

    def __init__(self):
        self.log = []

    async def add(self, item):
        await trio.lowlevel.checkpoint()
        self.log.append(item)

    def plain_add(self, item):
        return self.add(item)

    async def size(self):
        return len(self.log)

    async def items(self):
        for item in tuple(self.log):
            yield item

    def adding(self, item):
        store = self

        class Adding:
            async def __aenter__(self):
                store.log.append(item)
                return store

            async def __aexit__(self, *error):
                await trio.lowlevel.checkpoint()

        return Adding()
