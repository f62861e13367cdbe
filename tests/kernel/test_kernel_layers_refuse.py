"""A value that a layer above adds keys to is a mistake that must not be hidden."""

import pytest

from mosaic_hookspecs import InputError
from mosaic_kernel.layers import Layers, of_settings


def test_keys_under_a_value_are_refused_where_the_value_stands():
    with pytest.raises(InputError, match="'kernel' is wrong") as raised:
        Layers([of_settings({"kernel": [1]}), of_settings({"kernel.log_level": "debug"})])
    assert str(raised.value.where) == "setting kernel"


def test_a_disabled_plugin_can_be_configured_again():
    layers = Layers([of_settings({"plugins.engine": False}), of_settings({"plugins.engine.parallelism": 2})])
    assert layers.data == {"plugins": {"engine": {"parallelism": 2}}}
