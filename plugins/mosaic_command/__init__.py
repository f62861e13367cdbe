"""The agent that needs no model, any command or shell line, and the checks that are commands or HTTP."""
