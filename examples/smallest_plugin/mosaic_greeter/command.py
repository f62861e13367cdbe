"""``mosaic greet NAME``: loaded when it is used, named by the manifest."""

import click
import trio

from mosaic_kernel import Kernel


@click.command()
@click.argument("name")
def greet(name: str) -> None:
    """Greet NAME."""

    async def main() -> str:
        async with Kernel(profile="local") as kernel:
            return (await kernel.dispatch("greeter.greet", {"name": name})).text

    click.echo(trio.run(main))
