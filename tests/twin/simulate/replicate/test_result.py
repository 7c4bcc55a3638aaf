import json

import numpy as np
import pytest

from twin.errors import OptionError
from twin.simulate.replicate import ReplicateOptions, Replications, Target, replicate

NAN = float("nan")
OPTIONS = ReplicateOptions(
    n_max=20, n_min=2, targets=(Target(measure="cost", half_width=2.0),)
)


@pytest.fixture
def found():
    return Replications.of(
        OPTIONS,
        [11, 12, 13],
        {
            "now": {"cost": [10.0, 12.0, 14.0], "delay": [1.0, NAN, 2.0]},
            "new": {"cost": [9.0, 9.5, 10.0], "delay": [0.0, 1.0, 2.0]},
        },
    )


def test_tables_can_be_narrowed_to_measures(found):
    assert found.n == 3
    assert found.table()["measure"].to_list() == ["cost", "delay"] * 2
    assert found.table(["delay"])["mean"].to_list() == [1.5, 1.0]
    assert found.differences("now", ["cost"])["difference"].to_list() == [-2.5]
    assert found.quantiles([0.5], ["cost"])["quantile"].to_list() == [12.0, 9.5]


def test_simultaneous_intervals_are_wider(found):
    alone = found.table()["half_width"]
    assert (found.table(simultaneous=True)["half_width"] > alone).all()


def test_precision_says_which_targets_were_met(found):
    rows = found.precision().to_dicts()
    assert [(each["scenario"], each["met"]) for each in rows] == [
        ("now", False),
        ("new", True),
    ]
    assert all(each["met"] == (each["half_width"] <= 2.0) for each in rows)
    assert not found.is_precise


def test_without_targets_nothing_was_missed():
    free = Replications.of(ReplicateOptions(n_max=1), [5], {"now": {"cost": [1.0]}})
    assert free.is_precise
    assert free.precision().is_empty()
    assert free.table()["half_width"].to_list() == [None]


def test_best_names_the_scenario_with_least_cost(found):
    assert [each.scenario for each in found.best("cost")] == ["new", "now"]
    assert found.best("cost", largest=True)[0].scenario == "now"


def test_json_holds_all_numbers(found):
    told = json.loads(json.dumps(found.as_dict(baseline="now"), allow_nan=False))
    assert told["values"]["now"]["delay"] == [1.0, None, 2.0]
    assert told["seeds"] == [11, 12, 13]
    assert told["differences"][0]["difference"] == -2.5
    assert told["table"][0]["mean"] == 12.0
    assert told["precision"][1]["met"] is True
    assert "differences" not in found.as_dict()


def test_unknown_names_are_refused(found):
    with pytest.raises(OptionError, match=r"measures \['profit'\]; allowed: cost, de"):
        found.table(["profit"])
    with pytest.raises(OptionError, match="scenario 'old'; allowed: now, new"):
        found.differences("old")
    with pytest.raises(OptionError, match="scenario 'now' has no measure 'profit'"):
        found.best("profit")


def test_columns_are_copies(found):
    column = np.arange(3.0)
    kept = Replications.of(OPTIONS, [1, 2, 3], {"now": {"cost": column}})
    column[0] = 9.0
    assert kept.values["now"]["cost"][0] == 0.0


def test_paired_runs_with_common_noise_show_it(noisy):
    scenarios = {"now": noisy(5.0, own=0.1), "new": noisy(4.0, own=0.1, entity=2)}
    played = replicate(scenarios, ReplicateOptions(n_max=400))
    ratio = played.differences("now", ["cost"])["variance_ratio"][0]
    assert ratio == pytest.approx(2 * 1.01 / 0.02, rel=0.25)
