"""Where a kernel keeps its files is found without one, and is what a kernel says."""

import pytest

from mosaic_hookspecs import InputError
from mosaic_kernel import Kernel, state_directory_of
from mosaic_testing.installed import installed_plugins

CASES = {
    "nothing": ({}, {}),
    "project": ({"mosaic.yaml": "state_directory: there\n"}, {}),
    "project, other keys": ({"mosaic.yaml": "# state_directory: no\nprofile: ''\n"}, {}),
    "absolute": ({"mosaic.yaml": "state_directory: /tmp/elsewhere\n"}, {}),
    "user": ({"config/mosaic/mosaic.yaml": "state_directory: theirs\n"}, {}),
    "user and project": (
        {"config/mosaic/mosaic.yaml": "state_directory: theirs\n", "mosaic.yaml": "state_directory: ours\n"},
        {},
    ),
    "environment": ({"mosaic.yaml": "state_directory: ours\n"}, {"MOSAIC_STATE_DIRECTORY": "set"}),
}


@pytest.mark.parametrize("name", CASES)
async def test_it_is_what_a_kernel_says(tmp_path, name):
    files, variables = CASES[name]
    for file, text in files.items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "config"), **variables}
    below = tmp_path / "src" / "deep"
    below.mkdir(parents=True)
    for directory in (tmp_path, below) if "mosaic.yaml" in files else (tmp_path,):
        made = Kernel(
            profile="",
            directory=directory,
            environment=environment,
            index=installed_plugins(),
            settings={"allow": []},
            starts_plugins=False,
        )
        async with made as kernel:
            assert state_directory_of(directory, environment) == kernel.state_directory


def test_a_mistake_is_told_with_its_place(tmp_path):
    (tmp_path / "mosaic.yaml").write_text("state_directory: [\n")
    with pytest.raises(InputError) as raised:
        state_directory_of(tmp_path, {})
    assert "mosaic.yaml:" in str(raised.value.where)
