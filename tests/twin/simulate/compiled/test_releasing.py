"""What can be carried out, and what is refused, all orders at once."""

import numpy as np
import pytest

from twin.errors import OptionError
from twin.simulate.compiled.layouts import Layouts
from twin.simulate.compiled.releasing import recipes_of
from twin.simulate.decisions import Decisions


@pytest.fixture
def network(works):
    return works()


@pytest.fixture
def layout(network):
    return Layouts(network).reaching(network.settings.as_of_us)


def lanes(*rows):
    lane, item, quantity = zip(*rows, strict=True)
    return Decisions(
        lane=np.array(lane, np.int32), item=np.array(item, np.int32),
        quantity=np.array(quantity, np.float64),
    )  # fmt: skip


def made(*rows):
    item, site, quantity = zip(*rows, strict=True)
    return Decisions(
        make_item=np.array(item, np.int32), make_site=np.array(site, np.int32),
        make_quantity=np.array(quantity, np.float64),
    )  # fmt: skip


def test_recipe_of_each_order_that_has_a_quantity(network, layout):
    tea, plant = network.item_index["tea"], network.place_index["P"]
    found = recipes_of(network, layout, made((tea, plant, 2), (tea, 99, 0)))
    assert found.tolist() == [layout.recipe_of[tea, plant], -1]
    assert found.dtype == np.int32
    assert recipes_of(network, layout, Decisions()).tolist() == []


def test_what_has_no_quantity_is_not_looked_at(network, layout):
    assert recipes_of(network, layout, lanes((99, 99, 0.0))).tolist() == []


@pytest.mark.parametrize(
    ("decisions", "reason"),
    [
        (lanes((0, 99, 1)), "is not kept at"),
        (lanes((-1, 0, 1)), r"lane must be in 0\.\."),
        (lanes((0, 0, 0), (99, 0, 1)), r"lane must be in 0\.\..*, was 99"),
        (made((0, -5, 1)), "is not kept at"),
        (made((99, 0, 1)), "is not kept at"),
    ],
)
def test_what_cannot_be_done_is_named(network, layout, decisions, reason):
    with pytest.raises(OptionError, match=reason):
        recipes_of(network, layout, decisions)


def test_what_is_bought_cannot_be_made(network, layout):
    leaf, plant = network.item_index["leaf"], network.place_index["P"]
    with pytest.raises(OptionError, match="cannot be made at 'P'"):
        recipes_of(network, layout, made((leaf, plant, 1)))
