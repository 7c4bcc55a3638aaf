"""Orders leave as messages, each once, and as a table of each release."""

import polars as pl

from streams.log import LogReader, LogWriter
from twin.loop.following.sending import OrderOutlet
from twin.loop.outbox import Outbox


def test_orders_sent_again_leave_once(tmp_path, order):
    orders = [order("PO-1", plan="r/1"), order("PO-2", plan="r/1")]
    with LogWriter(tmp_path / "log") as sink:
        outlet = OrderOutlet(Outbox(sink), folder=tmp_path / "csv")
        outlet.send(orders, now_us=5)
        outlet.send_again([(5, one) for one in orders])
    with LogReader(tmp_path / "log") as reader:
        assert len(reader.poll(0, 10)) == 2
    (path,) = (tmp_path / "csv").iterdir()
    table = pl.read_csv(path)
    assert table["order"].to_list() == ["PO-1", "PO-2"]
    assert table["released_us"].to_list() == [5, 5]


def test_orders_of_several_plans_are_one_table_again(tmp_path, order):
    orders = [order("PO-1", plan="r/1"), order("PO-2", plan="r/2")]
    outlet = OrderOutlet(folder=tmp_path / "csv")
    outlet.send(orders, now_us=5)
    (path,) = (tmp_path / "csv").iterdir()
    table = path.read_bytes()
    outlet.send_again([(5, one) for one in orders])
    assert [one.read_bytes() for one in (tmp_path / "csv").iterdir()] == [table]


def test_without_targets_nothing_leaves(order):
    OrderOutlet().send([order("PO-1")], now_us=5)
