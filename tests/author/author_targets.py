"""What the commands of a made-up manifest lead to."""

import click

nothing = 5


@click.command()
def greet():
    """Greet."""
    click.echo("hello")
