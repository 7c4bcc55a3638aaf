import shutil

import numpy as np
import pytest

from streams.checkpoint import CheckpointWriter, load
from streams.errors import CheckpointWriteError
from streams.ingest.released import Counters
from streams.records import Position
from twin.cli.saving import Saver
from twin.clock import ManualClock


class Writer:
    """Notes what it is asked for; its disk is as slow as it is told."""

    def __init__(self):
        self.busy = False
        self.asked = []

    def begin(self, sections, meta):
        self.asked.append(meta["position"])

    def start(self):
        self.asked.append("start")

    def wait(self):
        self.asked.append("wait")


class Twin:
    def __init__(self, read):
        self.counters = Counters(read=read)
        self.position = Position({"log/0": read})

    def sections(self):
        return {"state": {"x": np.arange(self.counters.read)}}

    def meta(self, **origin):
        return {**origin, "position": self.counters.read}


@pytest.fixture
def saver():
    return Saver(writer=Writer(), origin={"source": "log"}, clock=ManualClock())


def test_busy_writer_is_not_waited_for_but_at_the_end(saver):
    saver.writer.busy = True
    assert not saver.save(Twin(3), last=False)
    assert saver.writer.asked == []
    assert saver.save(Twin(3), last=True)
    assert saver.writer.asked == [3, "start", "wait"]


def test_nothing_new_is_not_saved_twice(saver):
    twin = Twin(3)
    saver.save(twin, last=False)
    saver.save(twin, last=True)
    assert saver.writer.asked == [3, "start", "wait"]
    assert saver.n_saved == 1


def test_empty_source_is_not_saved(saver):
    assert not saver.save(Twin(0), last=True)
    assert saver.saved_s is None


def test_position_tells_that_something_was_read(saver):
    twin = Twin(2)
    twin.counters = Counters()  # all that was read was refused by a map
    assert saver.save(twin, last=True)
    assert saver.writer.asked == [0, "start", "wait"]


def test_failure_of_the_disk_is_raised(tmp_path):
    folder = tmp_path / "saved"
    with CheckpointWriter(folder) as writer:
        saver = Saver(writer=writer, origin={}, clock=ManualClock())
        saver.save(Twin(1), last=True)
        assert load(folder).meta["position"] == 1
        shutil.rmtree(folder)
        folder.write_text("in the way")
        with pytest.raises((CheckpointWriteError, OSError)):
            saver.save(Twin(2), last=True)
