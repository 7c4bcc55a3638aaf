import numpy as np
import pytest

from streams.events import TYPE_CODES


def values(batches, type_name, column):
    return np.concatenate(
        [
            getattr(batch, column)[batch.type_code == TYPE_CODES[type_name]]
            for batch in batches
        ]
    )


@pytest.mark.parametrize("seed", range(6))
def test_rework_and_sampling_are_alike_in_both_engines(
    random_shop, engines_agree, seed
):
    network = random_shop(seed, "rework", "sampling")
    batches, _, _ = engines_agree(network, seed=seed)
    good, scrap, rework, started = (
        values(batches, "OperationCompleted", column)
        for column in ("value0", "value1", "value2", "time0")
    )
    assert len(started) > 100
    sent_back = ~np.isnan(rework)
    assert (good[sent_back] == 0.0).all()
    assert (scrap >= 0.0).all()
    assert sent_back.any() == (network.routings.rework_rate > 0.0).any()


@pytest.mark.parametrize("seed", range(4))
def test_outputs_are_alike_in_both_engines(random_shop, engines_agree, seed):
    network = random_shop(seed, "outputs", "dispatch")
    batches, _, _ = engines_agree(network, seed=seed)
    received = values(batches, "StockMoved", "value0")
    assert len(received) > 20
    assert (received > 0.0).all()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 200))
def test_whole_shops_are_alike_in_both_engines(random_shop, engines_agree, seed):
    elements = ("dispatch", "setups", "rework", "sampling", "outputs")
    batches, _, _ = engines_agree(random_shop(seed, *elements), seed=seed)
    assert sum(map(len, batches)) > 100
