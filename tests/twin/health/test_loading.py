"""Names that are loaded when they are asked for."""

import subprocess
import sys

import pytest

import twin.health
from twin.health.loading import loaded_when_asked


def test_every_public_name_is_there():
    assert all(getattr(twin.health, name) is not None for name in twin.health.__all__)


def test_a_name_without_a_home_is_refused_by_its_package():
    with pytest.raises(AttributeError, match="module 'maths' has no attribute 'ceil'"):
        loaded_when_asked("maths", {"floor": "math"})("ceil")


def test_replays_load_nothing_that_learns():
    code = "import sys, twin.replay; print([m for m in sys.modules if m == 'sklearn'])"
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert found.stdout.strip() == "[]"
