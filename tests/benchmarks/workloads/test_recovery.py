import importlib.util

import numpy as np
import pytest

from benchmarks.workloads.recovery import (
    KEYS_MAX,
    ROW,
    Entities,
    RocksRows,
    SqliteRows,
)

PEERS = [
    SqliteRows,
    pytest.param(
        RocksRows,
        marks=pytest.mark.skipif(
            importlib.util.find_spec("rocksdict") is None,
            reason="a peer, installed by `make bench-setup`",
        ),
    ),
]


def test_row_has_64_bytes_and_both_generations_16_megabytes():
    entities = Entities(10)
    assert ROW.itemsize == 64
    assert entities.older.nbytes * 2 == 16 << 20
    assert entities.with_keys()["state"]["rows"] is entities.rows


def test_rows_change_where_they_are_told_to():
    entities = Entities(100)
    before = entities.rows.copy()
    entities.change(7)
    assert np.count_nonzero(entities.rows != before) == 7
    entities.change_all()
    assert (entities.rows != before).all()


def test_keys_grow_at_their_end_and_begin_anew():
    entities = Entities(1)
    before = entities.with_keys()["ingest"]["newer"].copy()
    entities.see(5)
    now = entities.with_keys()["ingest"]["newer"]
    assert len(now) == len(before) + 5
    assert (now[: len(before)] == before).all()
    entities.see(KEYS_MAX // 2)
    assert len(entities.with_keys()["ingest"]["newer"]) == KEYS_MAX


@pytest.mark.parametrize("peer", PEERS)
def test_peer_gives_back_every_row(peer, tmp_path):
    rows = Entities(50)
    store = peer(tmp_path)
    store.save(rows.rows)
    rows.change(9)
    store.save(rows.rows)
    assert store.load().tobytes() == rows.rows.tobytes()
    assert store.peer.split()[0] in {"sqlite", "rocksdict"}
    store.close()
