"""The built-in agent: a bounded loop over a model with tools confined to the workspace; and the reviewer."""
