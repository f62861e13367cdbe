"""A theme, a navigation entry and a panel, all of them data."""
