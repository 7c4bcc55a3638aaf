"""Records of the page of health."""

from dataclasses import replace

import pytest

from twin.errors import InputError


def test_effects_must_fit_machines_and_sensors(health):
    with pytest.raises(InputError, match=r"shape \(11, 3\), had \(11, 2\)"):
        replace(health, sensors=("heat", "noise", "more"))
