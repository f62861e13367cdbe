"""Mosaic over MCP, the Model Context Protocol: operations as tools, over stdio and Streamable HTTP."""
