import numpy as np
import pytest

from twin.cli.console import Console
from twin.cli.past import N_PERIODS, length_of, past_of
from twin.loop.backtest import PastDemand
from twin.model import load, write

WEEK = PastDemand(np.zeros((1, 7)), 7)


@pytest.mark.parametrize(
    ("periods", "past", "length"),
    [
        (None, None, N_PERIODS),
        (9, None, 9),
        (None, WEEK, 7),
        (9, WEEK, 7),
        (2, WEEK, 2),
    ],
)
def test_length_is_as_asked_for_and_ends_with_the_log(periods, past, length):
    assert length_of(periods, past) == length


def test_log_of_other_customers_is_warned_of(two_echelon, tmp_path, capsys, command):
    folder, others = tmp_path / "chain", tmp_path / "others"
    write(two_echelon(), folder)

    def renamed(tables):
        for table in ("customers", "demands"):
            tables[table][0]["customer"] = "somebody else"

    write(two_echelon(renamed), others)
    command(
        "loop", folder, "--policy", "base-stock", "--periods", "2",
        "--out", tmp_path / "out",
    )  # fmt: skip
    log = str(tmp_path / "out" / "log")
    past = past_of(load(others), log, None, Console(None, quiet=False))
    assert past.n_reviews == 2
    assert "no customer of the network asks" in capsys.readouterr().err
