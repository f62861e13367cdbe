"""Tools for testing plugins: conformance kits for the ports, and what they are built from.

``pytest --mosaic-plugin NAME`` runs the kit of every port that the plugin provides. A kit is a module
named like its port, with plain test classes that use the fixture `mosaic_provider`. Importing this
package imports none of them.
"""
