import pytest

from streams.codec import encode
from streams.errors import CheckpointMismatchError
from streams.events import MasterDataChanged
from twin.errors import OptionError
from twin.live import LiveStore, merged_state
from twin.live.reading import provisional_state
from twin.replay import Twin
from twin.state.views import TABLES


def run(plant, *numbers):
    with plant.worker(outputs=False) as worker:
        plant.group.give(*numbers)
        for _ in range(6):
            worker.step()
            plant.clock.sleep(2.0)


def test_all_shards_are_read_with_what_waits_in_them(plant, moves):
    plant.append("stock-0", moves(7))
    plant.append("stock-1", moves(5, site="Q"))
    run(plant, 0, 1)
    merged = merged_state(plant.store)
    assert merged.missing == ()
    assert merged.positions[1].of("stock-1") == 5
    assert merged.position.of("stock-0") == 7
    stock = TABLES["stock"](merged.state)
    on_hand = dict(zip(stock["place"], stock["on_hand"], strict=True))
    assert on_hand["Q"] == -15.0
    tea = stock.filter((stock["item"] == "tea") & (stock["place"] == "P"))
    assert tea["on_hand"].item() == 40.0 - 21.0


def test_shard_that_was_never_saved_is_named(plant, moves):
    plant.append("stock-0", moves(3))
    run(plant, 0)
    assert merged_state(plant.store).missing == (1,)


def test_store_of_nothing_or_of_another_network_is_refused(plant, tmp_path):
    with pytest.raises(OptionError):
        merged_state(LiveStore(tmp_path))
    with plant.worker(outputs=False):
        pass
    with pytest.raises(OptionError, match="nothing was saved"):
        merged_state(plant.store)
    with pytest.raises(CheckpointMismatchError, match="the network given is ab"):
        merged_state(plant.store, network_hash="ab")


def test_provisional_state_is_that_of_the_twin(plant, moves):
    plant.append("stock-0", moves(9))
    run(plant, 0)
    twin = Twin(plant.network, ["orders-0", "stock-0"])
    saved = plant.store.shard(0).load()
    twin.take_over(saved, shard="0 of 2")
    ours = provisional_state(saved)
    assert ours.digest() == twin.provisional_state().digest()


def test_edits_of_all_shards_are_put_together(plant):
    names, values = ("leaf", "box"), []
    at_us = plant.network.settings.as_of_us
    for n, lane in enumerate(names):
        event = MasterDataChanged(
            record=lane, table="lanes", values={"lane": lane, "price": 1.0}
        )
        values.append(
            encode(event, event_id=str(n), source="mdm", sequence=n, time_us=at_us + n)
        )
    plant.append("stock-0", values[:1])
    plant.append("stock-1", values[1:])
    run(plant, 0, 1)
    merged = merged_state(plant.store)
    assert [row.key["lane"] for row in merged.edits.rows] == ["leaf", "box"]
