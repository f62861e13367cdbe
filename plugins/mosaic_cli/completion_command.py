"""``mosaic completion``: what a shell needs to complete Mosaic's commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    \b
    bash: mosaic completion bash > ~/.local/share/bash-completion/completions/mosaic
    zsh:  mosaic completion zsh  > "${fpath[1]}/_mosaic"
    fish: mosaic completion fish > ~/.config/fish/completions/mosaic.fish
    """  # noqa: D301 - click wants the character itself
    kind = get_completion_class(shell)
    if kind is None:
        raise click.ClickException(f"click cannot complete for {shell}")
    click.echo(kind(context.find_root().command, {}, "mosaic", "_MOSAIC_COMPLETE").source())
