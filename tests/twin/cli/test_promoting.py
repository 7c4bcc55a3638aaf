"""What a kept branch becomes in a log."""

import pytest

from streams.codec import encode
from streams.events import OrderDispatched, OrderReceived, StockCounted
from streams.log import LogWriter
from twin.cli.branching import WhatIfSpec
from twin.cli.kept import save
from twin.cli.promoting import orders_told, promote
from twin.cli.sources import SourceSpec
from twin.errors import OptionError
from twin.model import write

ORDER = """
[[production_order]]
item = "tea"
site = "P"
quantity = 7
release_s = 0
"""
WHO = {"who": "ada", "why": "asked for"}


def log_of(folder, *events):
    with LogWriter(folder) as log:
        for n, event in enumerate(events):
            value = encode(
                event, event_id=str(n), source="erp", time_us=n + 1, sequence=n
            )
            log.append([value], timestamps_us=n + 1)
    return folder


def test_orders_of_a_log_are_known(tmp_path):
    log = log_of(
        tmp_path / "log",
        OrderReceived(order="A", customer="C", item="tea", site="P", quantity=1),
        StockCounted(item="tea", site="P", quantity=4),
        OrderDispatched(order="B", kind="purchase", item="tea", site="P", quantity=1),
    )
    assert orders_told(str(log), None) == {"A", "B"}


def test_production_order_leaves_once(works, silent, tmp_path):
    write(works(), tmp_path / "works")
    (tmp_path / "order.toml").write_text(ORDER)
    as_of_us = works().settings.as_of_us
    counted = encode(
        StockCounted(item="tea", site="P", quantity=4), event_id="0", source="erp",
        time_us=as_of_us + 5, sequence=0,
    )  # fmt: skip
    with LogWriter(tmp_path / "log") as log:
        log.append([counted], timestamps_us=as_of_us)
    spec = WhatIfSpec(
        network=tmp_path / "works", changes=(tmp_path / "order.toml",),
        n_replications=0, horizon_days=2.0,
        source=SourceSpec(name=str(tmp_path / "log")),
    )  # fmt: skip
    save(spec, silent, folder=tmp_path, name="rush")
    order, audit = promote(silent, folder=tmp_path, name="rush", confirmed=True, **WHO)
    assert (order.kind, order.item, order.quantity) == ("production", "tea", 7.0)
    assert order.due_us > as_of_us
    assert (audit.who, audit.detail["why"]) == ("ada", "asked for")
    assert audit.detail["changes"] == [{"file": "order.toml", "text": ORDER}]
    assert orders_told(str(tmp_path / "log"), None) == {order.order}
    assert promote(silent, folder=tmp_path, name="rush", confirmed=True, **WHO) == ()


def test_branch_of_no_log_needs_to_be_told_where(two_echelon, silent, tmp_path):
    write(two_echelon(), tmp_path / "chain")
    (tmp_path / "more.toml").write_text("[[demand]]\nfactor = 2\n")
    spec = WhatIfSpec(
        network=tmp_path / "chain", changes=(tmp_path / "more.toml",),
        n_replications=0, horizon_days=2.0,
    )  # fmt: skip
    save(spec, silent, folder=tmp_path, name="more")
    with pytest.raises(OptionError, match="say where to write, --to LOG"):
        promote(silent, folder=tmp_path, name="more", **WHO)
