import subprocess
import sys
from pathlib import Path

import pytest

from twin.replay.memory import keep_freed_memory

TOUCH = """
import numpy as np, resource
from twin.replay.memory import keep_freed_memory
if {keep}:
    keep_freed_memory()
for _ in range(50):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [np.ones(2 << 20, np.uint8) for _ in range(8)]
    del blocks
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def pages_taken(*, keep: bool) -> int:
    """Pages that come anew for the last of fifty equal batches of 16 MB."""
    done = subprocess.run(
        [sys.executable, "-c", TOUCH.format(keep=keep)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    return int(done.stdout)


@pytest.mark.skipif(not keep_freed_memory(), reason="the C library is not glibc")
@pytest.mark.slow
def test_kept_memory_is_not_taken_from_the_system_again():
    assert pages_taken(keep=True) < 100
    assert pages_taken(keep=False) > 1000


def test_keeping_memory_twice_is_as_keeping_it_once():
    assert keep_freed_memory() == keep_freed_memory()
