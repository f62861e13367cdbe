"""Tells the conformance kit of the auth port which credentials are good here."""

import hashlib

import pytest
from mosaic_testing.auth import Credentials

TOKEN = "a token that only these tests know"


@pytest.fixture
def mosaic_settings():
    """Configure the plugin for the kit."""
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    return {"plugins.sample.people": {"ada": {"token": digest, "permissions": ["task:read"]}}}


@pytest.fixture
def mosaic_credentials():
    """Return what is good with that configuration."""
    permissions = frozenset({"task:read"})
    return [Credentials(scheme="bearer", good=TOKEN, name="ada", permissions=permissions)]
