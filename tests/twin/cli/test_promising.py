"""Promises as they are found and shown."""

import numpy as np

from twin.cli.console import Console
from twin.cli.promising import PromiseSpec, find_promises, parse_by, show_promises
from twin.model import write
from twin.whatif.levers import Lever
from twin.whatif.promise import Held, Promise, Wanted

DAY_S = 86_400.0


def promised(days, held=()):
    wanted = Wanted("tea", 4.0, "shop", "M")
    return Promise(wanted, 0, 9 * DAY_S, np.array(days) * DAY_S, tuple(held))


def held(name, gain_days, half_width_days=0.1):
    lever = Lever("stock", name, "tea", "shop")
    times = np.zeros(2)
    return Held(lever, gain_days * DAY_S, half_width_days * DAY_S, times)


def spec(tmp_path, **options):
    return PromiseSpec(network=tmp_path, item="tea", quantity=4.0, **options)


def test_only_what_is_more_than_chance_is_said(tmp_path, capsys):
    found = promised([1.0, 2.0], [held("a", 1.5), held("b", 0.5), held("c", 0.05)])
    show_promises(spec(tmp_path), [found], Console(None, quiet=False))
    told = capsys.readouterr().out
    assert "held by a: 1.5 ± 0.1 days sooner without" in told
    assert "also by b" in told
    assert " c:" not in told


def test_nothing_that_holds_is_said_too(tmp_path, capsys):
    found = promised([1.0, 2.0], [held("a", 0.0)])
    assert show_promises(spec(tmp_path), [found], Console(None, quiet=False))
    assert "nothing that was tried alone" in capsys.readouterr().out


def test_promise_without_a_date_is_not_safe(tmp_path, capsys):
    found = promised([1.0, np.nan])
    assert not show_promises(spec(tmp_path), [found], Console(None, quiet=True))
    assert "not there within 56 days" in capsys.readouterr().err


def test_the_same_is_found_twice(two_echelon, tmp_path, silent):
    write(two_echelon(settings={"horizon_periods": 4}), tmp_path / "chain")
    asked = PromiseSpec(
        network=tmp_path / "chain", item="tea", quantity=30.0, n_replications=2,
        horizon_days=9.0, explains=False, seed=5,
    )  # fmt: skip
    first, again = (find_promises(asked, silent)[0].in_full_s for _ in range(2))
    assert first.tolist() == again.tolist()


def test_no_time_is_no_time():
    assert parse_by(None) is None
