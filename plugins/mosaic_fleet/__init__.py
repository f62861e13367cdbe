"""Any MCP client as a worker: who the workers are, what each holds, and what they need to know of a task."""
