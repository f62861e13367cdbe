"""The presets: those of the package, and those that the configuration adds.

Owns finding them. A file is read when an agent needs it, so what nobody configured costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mosaic_hookspecs.errors import InputError, NotFound

from .checking import check
from .decoding import decode
from .document import read_document
from .preset import Preset

_OWN = Path(__file__).parent / "presets"
_SUFFIX = ".yaml"


class Library:
    """Finds presets by name. `files` are the user's, relative to `project`; theirs go before the package's."""

    def __init__(self, files: Sequence[str], project: Path) -> None:
        self._given = {Path(file).stem: (file, project / Path(file).expanduser()) for file in files}

    def names(self) -> Sequence[str]:
        """Return the names of all presets."""
        return sorted({*self._given, *(path.stem for path in _OWN.glob(f"*{_SUFFIX}"))})

    def get(self, name: str, where: str = "") -> Preset:
        """Return a preset.

        Raises:
            NotFound: there is none of that name. InputError: its file is wrong; located.
        """
        if name not in self.names():
            raise NotFound(
                "no-preset",
                f"there is no preset {name!r}",
                where=where or None,
                expected=", ".join(self.names()),
                hint="Name the YAML file of your own in plugins.headless.presets.",
            )
        shown, path = self._given.get(
            name, (f"mosaic_headless/presets/{name}{_SUFFIX}", _OWN / f"{name}{_SUFFIX}")
        )
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            hint = "Correct plugins.headless.presets."
            raise InputError(
                "bad-file", "the preset cannot be read", where=shown, got=str(error), hint=hint
            ) from None
        return read_preset(text, shown)


def read_preset(text: str, path: str) -> Preset:
    """Read a preset's YAML.

    Raises:
        InputError: it is wrong; with line and column.
    """
    node = read_document(text, path)
    preset = decode(node, Preset)
    check(preset, node)
    return preset
