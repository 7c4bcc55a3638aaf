from pathlib import Path

import numpy as np
import pytest

from streams.errors import CheckpointCorruptError
from twin.errors import FencedError, OptionError
from twin.live import Layout, LiveStore

LAYOUT = Layout(("orders", "stock"), 2, "ab")


@pytest.fixture
def shard(tmp_path):
    return LiveStore(tmp_path).shard(3)


def save(shard, epoch, value):
    sections = {"s": {"x": np.array([value])}}
    return shard.save(sections, meta={"value": value}, epoch=epoch)


def test_newest_owner_counts_and_an_older_one_cannot_save(shard):
    assert shard.load() is None
    shard.claim(4)
    save(shard, 4, 40)
    shard.claim(7)
    assert shard.load().meta["value"] == 40, "the new owner goes on from there"
    with pytest.raises(FencedError, match="owner 4 was replaced by 7"):
        save(shard, 4, 41)
    save(shard, 7, 70)
    assert shard.load().meta["value"] == 70


def test_epoch_grows_with_the_group_and_when_the_group_counts_anew(shard):
    assert shard.next_epoch(5) == 5
    shard.claim(5)
    assert shard.next_epoch(9) == 9
    assert shard.next_epoch(1) == 6


def test_one_of_two_who_claim_the_same_epoch_is_refused(shard):
    shard.claim(5)
    with pytest.raises(FencedError, match="epoch 5 is somebody else's"):
        shard.claim(5)
    with pytest.raises(FencedError, match="replaced by 5"):
        shard.claim(4)


def test_two_owners_are_kept_and_a_damaged_checkpoint_is_passed_over(shard):
    paths = []
    for epoch in (1, 2, 3):
        shard.claim(epoch)
        paths.append(save(shard, epoch, epoch))
    assert shard.epochs() == [3, 2]
    paths[2].write_bytes(b"torn")
    assert shard.load().meta["value"] == 2
    paths[1].write_bytes(b"torn")
    with pytest.raises(CheckpointCorruptError):
        shard.load()


def test_layout_of_something_else_is_refused(tmp_path):
    store = LiveStore(tmp_path / "store")
    with pytest.raises(OptionError, match=r"no readable layout\.json"):
        store.layout()
    store.settle(LAYOUT)
    store.settle(Layout(("machines", "orders", "stock"), 2, "ab"))
    assert store.layout().topics == ("machines", "orders", "stock")
    for other, why in [
        (Layout(("machines", "orders", "stock"), 3, "ab"), "have 3 now"),
        (Layout(("machines", "orders", "stock"), 2, "cd"), "given is cd"),
        (LAYOUT, "'machines' is not among"),
    ]:
        with pytest.raises(OptionError, match=why):
            store.settle(other)
    assert store.numbers() == []


def test_two_workers_that_settle_at_once_never_share_a_file(tmp_path, monkeypatch):
    written = []
    replace = Path.replace
    monkeypatch.setattr("builtins.id", lambda thing: 7)

    def note(path, target):
        written.append(path)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", note)
    store = LiveStore(tmp_path)
    store.settle(Layout(("orders",), 2, "ab"))
    store.settle(LAYOUT)
    assert len(set(written)) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["layout.json"]
    assert store.layout() == LAYOUT
