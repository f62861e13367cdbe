"""External MCP servers as plugins of configuration: their approved tools, for workflows and agents."""
