"""Language models behind HTTP: OpenAI-compatible and Anthropic endpoints, as the configuration names them."""
