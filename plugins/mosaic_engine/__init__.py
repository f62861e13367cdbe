"""The engine: brings ready tasks and agents together on one machine, and accepts what was verified."""
