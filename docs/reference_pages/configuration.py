"""The configuration's layers and keys."""

from mosaic_kernel.settings import Configuration, KernelSettings

from .markdown import HEAD, fields_table

LAYERS = """# Configuration

Layers, each over the one before: the profile, your own `~/.config/mosaic/mosaic.yaml`, the nearest
`mosaic.yaml` upward from the directory, the environment, `--set`.

In the environment, `MOSAIC_` and the key with two underscores between its parts:
`MOSAIC_PLUGINS__ENGINE__PARALLELISM=4`. `mosaic config show` says what is in force and where it comes from,
`mosaic config check` checks it, `mosaic config schema` prints the JSON Schema.

"""


def page() -> str:
    return "".join(
        [
            HEAD,
            LAYERS,
            "## Keys\n\n",
            fields_table(Configuration),
            "## `kernel`\n\n",
            fields_table(KernelSettings),
            "Each plugin's own keys are on the page [Plugins](plugins.md).\n",
        ]
    )
