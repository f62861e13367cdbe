"""Two plugins that run in processes of their own: `words` in Python, `slugs` in JavaScript."""
