"""``ui.list``: what plugins contribute to the user interface now, and what of it could not be taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs import Call, Context, Operation, OperationKind

from .catalogue import gather

_KINDS = ("page", "panel", "tab", "navigation", "command", "theme")


@attrs.frozen(kw_only=True)
class AskContributions:
    """Whose contributions."""

    providers: Sequence[str] = attrs.field(
        default=(), metadata={"help": "Providers of the port ui; all if empty."}
    )


@attrs.frozen(kw_only=True)
class ContributionView:
    """One contribution; `path` is where it can be opened, if it can."""

    kind: str
    name: str
    title: str
    provider: str
    path: str = ""


@attrs.frozen(kw_only=True)
class ContributionList:
    """The contributions, and by provider what could not be taken, and why."""

    contributions: Sequence[ContributionView] = ()
    faults: Mapping[str, str] = attrs.field(factory=dict)


def list_operations(context: Context) -> Sequence[Operation]:
    """Declare the query."""

    async def ask(data: AskContributions, call: Call) -> ContributionList:
        catalogue = gather(context)

        def is_asked(provider: str) -> bool:
            return not data.providers or provider in data.providers

        return ContributionList(
            contributions=tuple(
                ContributionView(
                    kind=piece.kind,
                    name=piece.name,
                    title=piece.title,
                    provider=piece.provider,
                    path=catalogue.target(piece) if kind in ("page", "panel", "navigation") else "",
                )
                for kind in _KINDS
                for piece in catalogue.of(kind)
                if is_asked(piece.provider)
            ),
            faults={name: why for name, why in catalogue.faults.items() if is_asked(name)},
        )

    return [
        Operation(
            name="ui.list",
            kind=OperationKind.QUERY,
            input=AskContributions,
            output=ContributionList,
            handler=ask,
            permission="ui:read",
            summary="List what plugins contribute to the user interface.",
        )
    ]
