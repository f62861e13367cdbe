"""Planning with a model: an endpoint's, the MCP client itself, or the client's model through sampling."""
