"""Tools for testing plugins: conformance kits, fixtures, and what they are built from.

``pytest --mosaic-plugin NAME`` runs the kit of every port that the plugin provides, and the kit for every
plugin. A kit is a module named like its port (`plugin` is that for every plugin), with plain test classes that
use the fixtures `mosaic_provider` or `mosaic_opened`. `pytest_plugin` has the fixtures for tests of one's own,
all of whose names begin with ``mosaic_``. Importing this package imports none of them.
"""
