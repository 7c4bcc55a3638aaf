"""Tests of `optimizer.production.lot_sizing.search.neighbourhoods`."""

import numpy as np

from optimizer.production.lot_sizing.search.neighbourhoods import (
    KINDS,
    Neighbourhoods,
)


def test_draw_frees_about_as_many_setups_as_asked(one_level):
    drawn = Neighbourhoods(one_level(0), np.random.default_rng(3))
    sizes = [int(drawn.draw(8)[1].sum()) for _ in range(60)]
    assert 4 <= np.mean(sizes) <= 14
    assert max(sizes) <= 24


def test_draw_turns_to_the_kind_that_helped(one_level):
    drawn = Neighbourhoods(one_level(0), np.random.default_rng(3))
    for _ in range(80):
        for kind in range(len(KINDS)):
            drawn.learn(kind, 5.0 if kind == 2 else 0.0)
    kinds = [drawn.draw(8)[0] for _ in range(200)]
    assert kinds.count(2) > 100
    assert set(kinds) == set(range(len(KINDS)))
