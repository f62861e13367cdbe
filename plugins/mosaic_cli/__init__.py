"""The command line: a door to the operations, and the place where a kernel is put together.

Holds no rule of its own. Importing it does nothing.
"""
