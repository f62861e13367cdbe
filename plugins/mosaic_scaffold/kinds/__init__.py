"""The kinds of work, each in a module of its own with a function ``files`` from work to texts."""
