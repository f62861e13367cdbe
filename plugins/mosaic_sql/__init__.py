"""The SQL storage: one schema; SQLite today, with everything that is SQLite's own in `sqlite`."""
