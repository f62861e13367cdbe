"""The inbox plugin: people as agents, and what waits for them: tasks, gates, questions, permissions."""
