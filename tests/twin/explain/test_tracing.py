"""The chain behind an order covers its time without a gap."""

import json

import polars as pl
import pytest

from twin.errors import InputError
from twin.explain.tracing import TABLES, read_shortage, read_tables, trace

DAY = 86_400_000_000


def pegs(*rows):
    names = ("from_kind", "from_order", "to_kind", "to_order", "item", "place",
             "since_us", "until_us")  # fmt: skip
    return pl.DataFrame(
        [dict(zip(names, row, strict=True)) | {"quantity": 1.0} for row in rows],
        infer_schema_length=None,
    )


@pytest.fixture
def tables():
    """Tea: leaf bought on day 1, made on days 5 to 6, at the shop on day 9."""
    return {
        "sales": pl.DataFrame(
            [
                {"order": name, "item": "tea", "site": "shop", "customer": "M",
                 "asked_us": 2 * DAY, "due_us": 3 * DAY, "quantity": 2.0,
                 "shipped": 0.0 if name == "never" else 2.0}
                for name in ("late", "at once", "never")
            ]
        ),
        "pegs": pegs(
            ("opening", "", "delivered", "late", "tea", "shop", 0, 2 * DAY),
            ("transfer_in", "T1", "delivered", "late", "tea", "shop", 9 * DAY, 9 * DAY),
            ("opening", "", "delivered", "at once", "tea", "shop", 0, 2 * DAY),
            ("made", "M1", "transfer_out", "T1", "tea", "plant", 6 * DAY, 7 * DAY),
            ("opening", "", "used", "M1", "box", "plant", 0, 4 * DAY),
            ("purchase", "P1", "used", "M1", "leaf", "plant", 3 * DAY, 4 * DAY),
        ),
        "orders": pl.DataFrame({"order": ["M1"], "release_us": [4 * DAY]}),
        "shipments": pl.DataFrame(
            {"order": ["T1", "P1"], "shipment": ["S1", "S2"], "item": ["tea", "leaf"],
             "from_place": ["plant", "V"], "to_place": ["shop", "plant"],
             "sent_us": [7 * DAY, DAY], "arrives_us": [9 * DAY, 3 * DAY]}
        ),
        "operations": pl.DataFrame(
            {"order": ["M1"], "item": ["tea"], "operation": ["fill"],
             "machine": ["F1"], "start_us": [5 * DAY], "end_us": [6 * DAY]}
        ),
    }  # fmt: skip


def test_segments_cover_the_time_from_asked_to_shipped(tables):
    found = trace(tables, "late")
    assert found.segments[0].start_us == found.asked_us
    assert found.segments[-1].end_us == found.delivered_us == 9 * DAY
    pairs = zip(found.segments, found.segments[1:], strict=False)
    assert all(one.end_us == after.start_us for one, after in pairs)
    assert [(one.reason, one.days) for one in found.segments] == [
        ("lead time", 1.0), ("stock", 1.0), ("queue", 1.0), ("operation", 1.0),
        ("stock", 1.0), ("transport", 2.0),
    ]  # fmt: skip


@pytest.fixture
def bought(tables):
    """Bought for the shop itself, and sent on day 7."""
    tables["pegs"] = pegs(
        ("purchase", "P9", "delivered", "late", "tea", "shop", 9 * DAY, 9 * DAY)
    )
    tables["shipments"] = pl.DataFrame(
        {"order": ["P9"], "shipment": ["S9"], "item": ["tea"], "from_place": ["V"],
         "to_place": ["shop"], "sent_us": [7 * DAY], "arrives_us": [9 * DAY]}
    )  # fmt: skip
    return tables


def parts(found):
    return [(one.reason, one.days) for one in found.segments]


def test_time_before_anybody_ordered_is_told_too(bought):
    bought["orders"] = pl.DataFrame({"order": ["P9"], "release_us": [7 * DAY]})
    found = trace(bought, "late")
    assert parts(found) == [("release", 5.0), ("lead time", 2.0)]
    assert found.binds.text == "nobody had ordered more of it yet"


def test_what_was_ordered_and_not_sent_waits(bought):
    bought["orders"] = pl.DataFrame({"order": ["P9"], "release_us": [4 * DAY]})
    found = trace(bought, "late")
    assert parts(found) == [("release", 2.0), ("queue", 3.0), ("lead time", 2.0)]


def test_where_no_release_is_found_none_is_claimed(bought):
    found = trace(bought, "late")
    assert parts(found) == [("unknown", 5.0), ("lead time", 2.0)]
    bought["shipments"] = bought["shipments"].clear()
    assert [one.reason for one in trace(bought, "late").segments] == ["unknown"]


def test_longest_part_binds(tables):
    binds = trace(tables, "late").binds
    assert (binds.reason, binds.order) == ("transport", "T1")
    assert binds.text == "tea comes from plant to shop"


def test_order_from_stock_has_no_parts(tables):
    found = trace(tables, "at once")
    assert found.segments == ()
    assert found.binds is None


def test_order_that_is_not_in_the_plan_is_named(tables):
    reason = "order 'C9': the plan has none of this id; it has late, at once"
    with pytest.raises(InputError, match=reason):
        trace(tables, "C9")


def test_order_that_is_never_served_has_what_its_item_waits_for(tables, tmp_path):
    found = trace(tables, "never")
    assert found.delivered_us is None
    assert (found.segments, found.shipped) == ((), 0.0)
    link = {"kind": "made", "order": "M1", "item": "tea", "place": "shop",
            "comes_us": 9 * DAY, "began_us": None, "ready_us": None}  # fmt: skip
    short = {"site": "shop", "first_us": 2 * DAY, "last_us": 3 * DAY, "quantity": 2.0,
             "cost": 4.0, "chain": [link]}  # fmt: skip
    told = {"currency": "EUR", "shortages": [short | {"item": name} for name in
                                             ("leaf", "tea")]}  # fmt: skip
    (tmp_path / "plan.json").write_text(json.dumps(told))
    shortage, currency = read_shortage(tmp_path, found)
    assert (shortage.item, shortage.site, currency) == ("tea", "shop", "EUR")
    assert shortage.chain[0].order == "M1"
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(InputError, match=r"plan\.json: not a plan that says"):
        read_shortage(tmp_path, found)


def test_folder_that_is_no_plan_is_named(tables, tmp_path):
    for name in TABLES:
        tables[name].write_csv(tmp_path / f"{name}.csv")
    assert set(read_tables(tmp_path)) == set(TABLES)
    (tmp_path / "pegs.csv").unlink()
    with pytest.raises(InputError, match=r"no plan folder, it lacks .* pegs\.csv"):
        read_tables(tmp_path)
