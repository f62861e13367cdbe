"""The reservations plugin: who is about to change which files, and which tasks are likely to collide."""
