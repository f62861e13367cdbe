"""Tells the conformance kit of the models port what may be asked, and configures the plugin for it."""

import pytest
from mosaic_testing.models import Asked


@pytest.fixture
def mosaic_settings():
    """Configure the plugin for the kit."""
    return {"plugins.sample.answers": {"hello": "Hello!"}}


@pytest.fixture
def mosaic_asked():
    """Say that the kit's own request has an answer here; a real model would name its key as a secret."""
    return Asked()
