"""Released orders as they are typed, sent, listed and told."""

import csv
import json

import pytest

from streams.events import OrderDispatched
from streams.log import LogReader
from twin.cli.app import run
from twin.cli.console import Console
from twin.cli.loop_orders import (
    adherence_rows,
    adherence_table,
    open_outbox,
    order_messages,
    show_adherence,
    tell_sent,
)
from twin.loop import AdherenceOptions, PlayOptions, play
from twin.model import write


@pytest.fixture
def starved(works):
    """Return a works without boxes, so that what is to be made is refused."""

    def without_boxes(tables):
        tables["stock"][1]["on_hand"] = 0
        tables["lanes"][1]["lead_time_s"] = 30 * 86_400

    return works(without_boxes)


@pytest.fixture
def folder(two_echelon, tmp_path):
    write(two_echelon(settings={"horizon_periods": 6}), tmp_path / "chain")
    return tmp_path / "chain"


def adherence_in(network, n_periods=4, **options):
    played = PlayOptions(
        policy="base-stock", n_periods=n_periods, adherence=AdherenceOptions(**options)
    )
    return play(network, played, monotonic_s=lambda: 0.0).adherence


def values(log):
    with LogReader(log) as reader:
        batches = iter(lambda: reader.poll(0, 1000), None)
        return [json.loads(value) for batch in batches for value in batch.values()]


def test_orders_leave_as_messages_and_stand_in_the_files(folder, command, tmp_path):
    words = (
        "loop", folder, "--policy", "base-stock", "--periods", "6",
        "--orders", tmp_path / "orders",
    )  # fmt: skip
    out = tmp_path / "out"
    result = command(*words, "--out", out)
    messages = values(tmp_path / "orders")
    ids = [message["id"] for message in messages]
    assert {message["type"] for message in messages} == {"OrderDispatched"}
    rows = list(csv.DictReader((out / "orders.csv").read_text().splitlines()))
    assert [row["order"] for row in rows] == ids
    logged = [one for one in values(out / "log") if one["type"] == "OrderDispatched"]
    assert [one["id"] for one in logged] == ids
    counts = result["runs"][0]["adherence"]["counts"]
    assert sum(sum(kind.values()) for kind in counts.values()) == len(ids)
    # The same run again: whoever executes orders has them already.
    command(*words)
    assert [message["id"] for message in values(tmp_path / "orders")] == ids


def test_only_the_first_policy_and_seed_send_orders(folder, command, tmp_path):
    words = ("loop", folder, "--periods", "3", "--orders")
    command(*words, tmp_path / "a", "--policy", "base-stock,mpc", "--seeds", "0..1")
    command(*words, tmp_path / "b", "--policy", "base-stock", "--seeds", "0")
    assert values(tmp_path / "a") == values(tmp_path / "b")


def test_refused_orders_are_warned_of_and_listed(starved, tmp_path, capsys):
    adherence = adherence_in(starved)
    show_adherence(adherence, Console(None, quiet=False), out=tmp_path)
    told = capsys.readouterr()
    assert "never started" in told.out
    assert f"{adherence.exceptions.height} orders were refused" in told.err
    rows = list(csv.DictReader((tmp_path / "exceptions.csv").read_text().splitlines()))
    assert {row["reason"] for row in rows} == {"refused"}
    assert len(rows) == adherence.exceptions.height > 0


def test_refused_orders_are_a_message_of_the_report(starved):
    adherence = adherence_in(starved)
    (message,) = order_messages(starved, adherence)
    n, quantity = adherence.exceptions.height, adherence.exceptions["quantity"].sum()
    assert message.text.startswith(
        f"{n} production orders for {quantity:,.0f} tea at P"
    )
    assert "were refused" in message.text
    assert message.money == pytest.approx(quantity * 8.0)


def test_adherence_is_a_measure_once_an_order_is_settled(two_echelon):
    network = two_echelon()
    assert adherence_rows(None) == ()
    assert order_messages(network, None) == ()
    assert adherence_rows(adherence_in(network, 1)) == ()
    (row,) = adherence_rows(adherence_in(network, 6))
    assert 0.0 <= row.value <= 100.0


def test_table_sums_up_all_kinds(two_echelon):
    adherence = adherence_in(two_echelon(), 6)
    table = adherence_table(adherence)
    assert table["orders"].to_list() == ["purchase", "production", "transport", "all"]
    assert sum(table.row(3)[1:]) == adherence.orders.height


def test_orders_that_left_with_another_quantity_are_warned_of(tmp_path, capsys):
    with open_outbox(str(tmp_path / "orders"), None) as outbox:
        outbox.send([wanted(5.0)], now_us=1)
        tell_sent(outbox, "there", Console(None, quiet=False))
    assert "orders: 1 sent to there" in (told := capsys.readouterr().err)
    assert "another quantity" not in told
    with open_outbox(str(tmp_path / "orders"), None) as outbox:
        outbox.send([wanted(6.5)], now_us=1)
        tell_sent(outbox, "there", Console(None, quiet=True))
    told = " ".join(capsys.readouterr().err.split())
    assert "1 orders left to there before with another quantity" in told
    assert "PO-1, 5 units, now 6.5" in told


def wanted(quantity):
    return OrderDispatched(
        order="PO-1", kind="purchase", item="tea", site="hub", quantity=quantity
    )


def test_no_target_opens_no_outbox():
    with open_outbox(None, None) as outbox:
        assert outbox is None


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--orders", "kafka://h:1/a,b"], "must name one topic, names 2"),
    ],
)
def test_mistake_is_named(folder, capsys, options, reason):
    assert run(["loop", str(folder), "--periods", "1", *options]) == 2
    assert reason in capsys.readouterr().err
