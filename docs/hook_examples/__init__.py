"""One small plugin for each thing that a hook is for: the reference shows them, `tests/docs` runs them."""
