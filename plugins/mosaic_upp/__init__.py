"""Planning after the Ultrathink Planning Protocol: readers of PRDs and goals, planner, formats, linter."""
