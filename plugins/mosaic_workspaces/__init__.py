"""Where attempts work: a fresh directory, or a git worktree whose result is merged under fencing."""
