"""What the tests of the examples work with: a kernel, an edit of a plugin's source, a reload."""

import io

from mosaic_kernel import Kernel, PluginIndex


def extended(directory, *allow, settings=None, **arguments):
    """Make a kernel in which these plugins may run, with the storage in memory."""
    directory.mkdir(exist_ok=True)
    return Kernel(
        profile="",
        directory=directory,
        environment={},
        index=PluginIndex(file=""),
        settings={"allow": list(allow), **(settings or {})},
        log_stream=io.StringIO(),
        **arguments,
    )


def edit(file, old, new):
    """Change a source file, as an editor does."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


async def reload(running, name):
    """Reload a plugin and return its new generation's number."""
    report = await running.dispatch("plugins.reload", {"name": name})
    assert report.is_complete, report
    return report.changes[0].generation
