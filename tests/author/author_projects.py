"""Generates plugin projects and checks them as an author would, in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

import attrs

from mosaic_author.project import new_project
from mosaic_author.rendering import PLAIN, ports_with_templates

PORTS = ports_with_templates()
TEMPLATES = [PLAIN, *PORTS]


@attrs.frozen
class Project:
    """A generated project that Python can find, as if it was installed."""

    directory: Path
    site: Path
    name: str

    @property
    def package(self):
        return self.directory / f"mosaic_{self.name}"

    @property
    def environment(self):
        found = os.pathsep.join([str(self.directory), str(self.site)])
        return {
            **os.environ,
            "PYTHONPATH": found,
            "XDG_CACHE_HOME": str(self.site / "cache"),
        }

    def run(self, *argv, check=True, cwd=None):
        """Run a module of Python in the project, and return how it ended."""
        command = [sys.executable, "-m", *argv]
        done = subprocess.run(
            command,
            cwd=cwd or self.directory,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check:
            assert done.returncode == 0, f"{argv}: {done.stdout[-6000:]}{done.stderr[-2000:]}"
        return done


def generate(directory, name, *ports, **options):
    """Generate a project and write by hand the metadata that pip would."""
    made, _ = new_project(name, ports=ports, directory=str(directory / f"mosaic-{name}"), **options)
    site = directory / f"{name}-site"
    stem = name.replace("-", "_")
    info = site / f"mosaic_{stem}-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: mosaic-{name}\nVersion: 0.1.0\n")
    text = (made / "pyproject.toml").read_text()
    points = text[text.index('[project.entry-points."mosaic.plugins"]') :].splitlines()[1:]
    lines = [line.replace('"', "") for line in points if line]
    (info / "entry_points.txt").write_text("[mosaic.plugins]\n" + "\n".join(lines) + "\n")
    return Project(made, site, stem)
