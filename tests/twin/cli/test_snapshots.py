import msgspec
import numpy as np
import pytest

from streams.errors import CheckpointMismatchError
from streams.names import Names
from streams.records import Position
from twin.cli.snapshots import is_snapshot, load_snapshot, save_snapshot
from twin.errors import SnapshotMismatchError
from twin.model.edits import EditedRow, ModelEdits
from twin.state.state import KnownEntities, State


@pytest.fixture
def state():
    known = KnownEntities(items=["pump"], places=["dc"], model_hash="m")
    return State.of_model(known, Names())


@pytest.fixture
def edits():
    row = EditedRow("lanes", {"lane": "buy"}, {"lead_time_s": 7.0}, 5, 4)
    found = ModelEdits(Names())
    found.restore({"rows": np.frombuffer(msgspec.json.encode([row]), np.uint8)})
    return found


def test_snapshot_comes_back_with_its_position(state, edits, tmp_path):
    save_snapshot(tmp_path / "s", state, edits, Position({"a": 3}))
    assert is_snapshot(tmp_path / "s")
    again = load_snapshot(tmp_path / "s", network_hash="m")
    assert again.state.digest() == state.digest() == again.meta["state_hash"]
    assert again.edits.rows == edits.rows
    assert again.meta["position"] == {"a": 3}


def test_snapshot_of_another_network_is_refused(state, edits, tmp_path):
    save_snapshot(tmp_path, state, edits, Position())
    with pytest.raises(CheckpointMismatchError, match="must be 'other', was 'm'"):
        load_snapshot(tmp_path, network_hash="other")


def test_folder_without_a_snapshot_is_refused(tmp_path):
    assert not is_snapshot(tmp_path)
    with pytest.raises(SnapshotMismatchError, match="holds no snapshot"):
        load_snapshot(tmp_path)
