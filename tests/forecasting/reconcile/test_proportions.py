import numpy as np
import pytest

from forecasting.errors import OptionError
from forecasting.reconcile import bottom_up, top_down


def test_bottom_up_sums_the_leaves(shops, base):
    found = bottom_up(shops, base)
    assert (found == shops.aggregate(base[shops.n_aggregates :])).all()


def test_top_down_shares_by_the_means_of_history(shops, base):
    history = np.arange(24.0).reshape(12, 2)
    found = top_down(shops, base, history)
    share = history.sum(axis=1) / history.sum()
    assert found == pytest.approx(shops.aggregate(share[:, None] * base[0]))
    assert found[0] == pytest.approx(base[0])


def test_top_down_shares_by_the_mean_of_shares(shops, base):
    history = np.arange(24.0).reshape(12, 2)
    found = top_down(shops, base, history, shares="mean_of_shares")
    share = (history / history.sum(axis=0)).mean(axis=1)
    assert found == pytest.approx(shops.aggregate(share[:, None] * base[0]))


def test_middle_out_keeps_the_forecasts_of_its_level(shops, base):
    history = np.random.default_rng(0).poisson(1.0, (12, 9))
    found = top_down(shops, base, history, level=1)
    assert found[1:4] == pytest.approx(base[1:4])
    assert found[0] == pytest.approx(base[1:4].sum(axis=0))


@pytest.mark.parametrize("shares", ["of_means", "mean_of_shares"])
def test_leaves_of_a_node_without_history_share_alike(shops, base, shares):
    history = np.zeros((12, 4))
    history[0, 1] = 3.0
    found = top_down(shops, base, history, level=1, shares=shares)
    assert found[12:16, 0] == pytest.approx([base[1, 0], 0.0, 0.0, 0.0])
    assert found[16:20, 0] == pytest.approx([base[2, 0] / 4.0] * 4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"history": np.ones((3, 2))}, "history must have 12 rows"),
        ({"history": np.ones((12, 0))}, "history must have 12 rows"),
        ({"history": -np.ones((12, 2))}, "history must be finite and >= 0"),
        ({"level": 4}, "level must be 0 to 3, was 4"),
        ({"shares": "best"}, "shares must be one of"),
    ],
)
def test_top_down_refuses_what_it_cannot_share_by(shops, base, options, words):
    with pytest.raises(OptionError, match=words):
        top_down(shops, base, **({"history": np.ones((12, 2))} | options))
