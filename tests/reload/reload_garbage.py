"""Garbage of old generations."""

import gc


def collect():
    """Collect garbage until there is none: what has to be finalized first is let go a round later."""
    while gc.collect():
        pass
