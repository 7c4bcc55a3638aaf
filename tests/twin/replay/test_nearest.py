"""Any state of the past from checkpoints is that of a replay from the start."""

import numpy as np
import pytest

from streams.checkpoint import CheckpointWriter, checkpoints
from streams.codec import encode
from streams.errors import CheckpointMismatchError
from streams.events import StockMoved
from streams.ingest import IngestOptions
from streams.log import LogReader, LogWriter
from streams.records import Position
from twin.errors import OptionError
from twin.model import build
from twin.replay import ReplayOptions, Twin, replay_ahead, state_at
from twin.replay.nearest import Place, nearest, state_near

SECOND_US = 1_000_000
N_RECORDS, FRAME, LATENESS_S = 200, 5, 8
OPTIONS = ReplayOptions(ingest=IngestOptions(lateness_us=LATENESS_S * SECOND_US))
ORIGIN = {"source": "log"}
NETWORK = build(
    {
        "sites": [{"site": "dc", "kind": "store"}],
        "items": [{"item": "pump", "unit_cost": 1.0}],
        "suppliers": [{"supplier": "acme"}],
        "lanes": [
            {
                "lane": "in", "from_place": "acme", "to_place": "dc", "item": "*",
                "lead_time_s": 0,
            }
        ],
    },
    {"name": "plant", "as_of": "1970-01-01T00:00:00Z"},
)  # fmt: skip


def moved(number, second):
    event = StockMoved(item="pump", quantity=float(1 + number), to_site="dc")
    ids = {"event_id": str(number), "source": "wms"}
    return encode(event, time_us=second * SECOND_US, **ids)


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """Disordered events in frames that tell their times."""
    folder = tmp_path_factory.mktemp("log")
    seconds = 100 + np.arange(N_RECORDS)
    seconds -= np.random.default_rng(5).integers(0, LATENESS_S, N_RECORDS)
    with LogWriter(folder, segment_bytes=4_000) as writer:
        for first in range(0, N_RECORDS, FRAME):
            own = seconds[first : first + FRAME].tolist()
            values = [moved(first + i, second) for i, second in enumerate(own)]
            times = min(own) * SECOND_US, max(own) * SECOND_US
            writer.append(values, event_times_us=times)
    return folder


@pytest.fixture(scope="module")
def saved(log, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    with LogReader(log) as source, CheckpointWriter(folder, keep=100) as writer:
        twin = Twin(NETWORK, source.partitions(), OPTIONS)
        steps = replay_ahead(twin, source, source.end_position(), bounded=False)
        for number, _ in enumerate(steps):
            if number % 6 == 5:
                writer.begin(twin.sections(), twin.meta(**ORIGIN))
                writer.commit()
    assert len(checkpoints(folder)) == 6
    return folder


def from_start(log, place):
    with LogReader(log) as source:
        return state_at(
            source, NETWORK, position=place.position, time_us=place.time_us
        ).digest()


@pytest.mark.parametrize("second", [50, 99, 100, 131, 160, 161, 199, 230, 299, 400])
def test_state_at_a_time_is_that_of_a_replay_from_the_start(log, saved, second):
    place = Place(time_us=second * SECOND_US)
    with LogReader(log) as source:
        past = state_near(source, NETWORK, saved, place, options=OPTIONS, origin=ORIGIN)
    assert past.state.digest() == from_start(log, place)
    head = nearest(saved, place)
    assert past.checkpoint == (None if head is None else head.path)


@pytest.mark.parametrize("offset", [0, 3, 30, 31, 119, 200])
def test_state_at_a_position_is_that_of_a_replay_from_the_start(log, saved, offset):
    place = Place(position=Position({"log/0": offset}))
    with LogReader(log) as source:
        past = state_near(source, NETWORK, saved, place, options=OPTIONS, origin=ORIGIN)
    assert past.state.digest() == from_start(log, place)
    assert past.start == Position({"log/0": offset // 30 * 30 if offset < 200 else 180})


def test_only_what_lies_between_is_read(log, saved):
    place = Place(time_us=230 * SECOND_US)
    with LogReader(log) as source:
        past = state_near(source, NETWORK, saved, place, options=OPTIONS, origin=ORIGIN)
    start, end = past.start.of("log/0"), past.end.of("log/0")
    assert start % 30 == 0
    assert 0 < end - start <= 60


def test_without_checkpoints_all_is_read(log, tmp_path):
    place = Place(time_us=131 * SECOND_US)
    for folder in (None, tmp_path):
        with LogReader(log) as source:
            past = state_near(source, NETWORK, folder, place, options=OPTIONS)
        assert past.start == Position({"log/0": 0})
        assert past.state.digest() == from_start(log, place)


def test_checkpoint_of_another_source_is_refused(log, saved):
    place = Place(time_us=230 * SECOND_US)
    with LogReader(log) as source, pytest.raises(CheckpointMismatchError):
        state_near(source, NETWORK, saved, place, origin={"source": "other"})


def test_place_is_a_position_or_a_time():
    with pytest.raises(OptionError, match="a position or a time"):
        Place()
