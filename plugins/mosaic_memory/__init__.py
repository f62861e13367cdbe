"""The memory plugin: the reference model of the storage port. Nothing outlives the process."""
