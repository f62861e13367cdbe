"""The mail plugin: messages between agents and people, kept until they are acknowledged."""
