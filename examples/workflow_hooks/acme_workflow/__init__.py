"""A step for workflows, and follow-up runs."""
