"""The operation ``http.link``: a link that signs this user's browser in."""

from __future__ import annotations

import attrs

from mosaic_hookspecs.operations import Call, Operation, OperationKind

from .transport import HttpTransport


@attrs.frozen(kw_only=True)
class AskLink:
    """Asks for a link."""


@attrs.frozen(kw_only=True)
class Link:
    """A link that signs a browser in. It is good once, until `until` (ms since 1970), for its user alone."""

    url: str = attrs.field(metadata={"help": "What to open in the browser."})
    until: int = attrs.field(metadata={"help": "Until when it is good, in milliseconds since 1970."})


class Linking:
    """Makes links to where this is served."""

    def __init__(self, transport: HttpTransport) -> None:
        self._transport = transport

    def operations(self) -> list[Operation]:
        """Declare it."""
        return [
            Operation(
                name="http.link",
                kind=OperationKind.COMMAND,
                input=AskLink,
                output=Link,
                handler=self._link,
                permission="http:link",
                summary="Give a link that signs a browser in, once.",
            )
        ]

    async def _link(self, data: AskLink, call: Call) -> Link:
        url, until = await self._transport.link()
        return Link(url=url, until=until)
