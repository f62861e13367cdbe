"""Planning after the Ultrathink Planning Protocol: PRD and goal readers, the rules planner, formats, the linter."""
