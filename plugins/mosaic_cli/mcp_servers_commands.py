"""``mosaic mcp-servers``: external MCP servers, what they offer, and what of it a person has approved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from .asking import HINT, answering_system, here_option
from .session import Session, session_options
from .terminal_text import inert, json_text

_SECONDS = 180.0  # the server may have to be fetched before it starts
_COLOURS = {"approved": "green", "new": "yellow", "changed": "red", "refused": "red"}
_WAITING = ("new", "changed")


@click.group("mcp-servers")
def mcp_servers() -> None:
    """List external MCP servers; review, approve and forget their tools."""


@mcp_servers.command("list")
@here_option
@session_options
def list_(session: Session, *, here: bool) -> None:
    """List the configured servers, and how many of their tools may be used."""

    def render(found: Any) -> None:
        from .tables import print_table

        rows = [
            [
                one["name"],
                one["transport"],
                one["state"],
                str(one["approved"]),
                str(one["waiting"]) if one["is_known"] else "never seen",
                one["detail"],
            ]
            for one in found["servers"]
        ]
        headings = ["SERVER", "BY", "STATE", "APPROVED", "WAITING", ""]
        print_table(headings, rows, empty="No MCP server is configured under plugins.mcpclient.servers.")

    session.show(_ask(session, "servers", {}, here=here), render)


@mcp_servers.command("review")
@click.argument("name")
@click.argument("tool", required=False, default="")
@here_option
@session_options
def review(session: Session, *, name: str, tool: str, here: bool) -> None:
    """Show what the server NAME offers now, and what has changed since it was approved. Starts the server."""
    found = _ask(session, "review", {"server": name, "tool": tool}, here=here)
    session.show(found, _show_reviews)


@mcp_servers.command("approve")
@click.argument("name")
@click.argument("tool", required=False, default="")
@click.option("--yes", is_flag=True, help="Approve what is shown, and ask nothing.")
@here_option
@session_options
def approve(session: Session, *, name: str, tool: str, yes: bool, here: bool) -> None:
    """Show the tools of the server NAME that wait (or TOOL alone), ask, and pin them to what was shown.

    Read what the tools say before you approve them: a model will. Whatever changes later is refused until it
    is approved again.
    """
    found = _ask(session, "review", {"server": name, "tool": tool}, here=here)
    waiting = [one for one in found["tools"] if one["standing"] in _WAITING]
    if not session.as_json or not yes:
        _show_reviews({**found, "tools": waiting}, err=session.as_json)
    if waiting and not yes:
        what = "this tool" if len(waiting) == 1 else f"these {len(waiting)} tools"
        click.confirm(f"Approve {what} of {name}?", abort=True, err=True)
    approved: list[str] = []
    for one in waiting:
        data = {"server": name, "tool": one["tool"], "digest": one["digest"]}
        approved += _ask(session, "approve", data, here=here)["tools"]

    def render(result: Any) -> None:
        names = ", ".join(map(inert, result["tools"]))
        click.echo(f"Approved of {name}: {names}." if names else f"Nothing of {name} waits to be approved.")

    session.show({"tools": approved}, render)


@mcp_servers.command("forget")
@click.argument("name")
@click.argument("tool", required=False, default="")
@here_option
@session_options
def forget(session: Session, *, name: str, tool: str, here: bool) -> None:
    """Forget what was seen and approved of the server NAME (or of TOOL alone)."""

    def render(result: Any) -> None:
        click.echo(f"Forgot {result['tools']} tools of {name}.")

    session.show(_ask(session, "forget", {"server": name, "tool": tool}, here=here), render)


def _ask(session: Session, verb: str, data: Mapping[str, Any], *, here: bool) -> Any:
    operation = f"mcpclient.{verb}"
    system = answering_system(session, here=here)
    if system is not None:
        return system.ask(operation, data, _SECONDS, hint=HINT)
    from mosaic_kernel import to_json_data

    return to_json_data(session.dispatch(operation, data))


def _show_reviews(found: Any, *, err: bool = False) -> None:
    for one in found["tools"]:
        standing = click.style(inert(one["standing"]), fg=_COLOURS.get(one["standing"]))
        name, digest = click.style(inert(one["tool"]), bold=True), inert(one["digest"][:19])
        click.echo(f"{name}  {standing}  {digest}", err=err)
        for warning in one["warnings"]:
            click.secho(f"  ! {inert(warning)}", fg="red", err=err)
        if one["difference"]:
            click.echo(_indented(one["difference"]), err=err)
        elif one["standing"] in _WAITING:
            click.echo(_indented(one["description"]), err=err)
            click.echo(_indented(json_text(one["input_schema"])), err=err)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in inert(text).splitlines())
