from pathlib import Path

import numpy as np
import pytest

from streams.checkpoint import Checkpoint
from streams.errors import CheckpointMismatchError

SAVED = Checkpoint(
    Path("checkpoint-000000000001.ckpt"),
    1,
    {"network_hash": "aa"},
    {"raw": b"", "state": {"x": np.arange(2)}},
)


def test_checkpoint_of_another_network_is_refused():
    SAVED.require(network_hash="aa")
    with pytest.raises(
        CheckpointMismatchError, match="network_hash must be 'bb', was 'aa'"
    ):
        SAVED.require(network_hash="bb")
    with pytest.raises(CheckpointMismatchError, match="source must be 's', was None"):
        SAVED.require(network_hash="aa", source="s")


@pytest.mark.parametrize("section", ["raw", "none"])
def test_section_that_has_no_arrays_is_refused(section):
    with pytest.raises(CheckpointMismatchError, match=f"of arrays '{section}'"):
        SAVED.arrays(section)
    assert SAVED.arrays("state")["x"].tolist() == [0, 1]
