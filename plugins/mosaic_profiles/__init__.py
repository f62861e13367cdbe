"""The built-in profiles: YAML layers that say which plugins fill which ports."""
