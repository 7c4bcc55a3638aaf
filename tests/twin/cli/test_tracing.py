"""The chain behind an order covers its time without a gap."""

import polars as pl
import pytest

from twin.cli.tracing import TABLES, read_tables, trace
from twin.errors import InputError

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
                 "asked_us": 2 * DAY, "due_us": 3 * DAY}
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


def test_time_before_anybody_ordered_is_told_too(tables):
    tables["pegs"] = pegs(
        ("transfer_in", "S1", "delivered", "late", "tea", "shop", 9 * DAY, 9 * DAY)
    )
    found = trace(tables, "late")
    assert [(one.reason, one.days) for one in found.segments] == [
        ("release", 5.0), ("transport", 2.0)
    ]  # fmt: skip


def test_longest_part_binds(tables):
    binds = trace(tables, "late").binds
    assert (binds.reason, binds.order) == ("transport", "T1")
    assert binds.text == "tea comes from plant to shop"


def test_order_from_stock_has_no_parts(tables):
    found = trace(tables, "at once")
    assert found.segments == ()
    assert found.binds is None


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("never", "order 'never': the plan ships nothing of it"),
        ("C9", "order 'C9': the plan has none of this id; it has late, at once"),
    ],
)
def test_order_that_cannot_be_followed_is_named(tables, order, reason):
    with pytest.raises(InputError, match=reason):
        trace(tables, order)


def test_folder_that_is_no_plan_is_named(tables, tmp_path):
    for name in TABLES:
        tables[name].write_csv(tmp_path / f"{name}.csv")
    assert set(read_tables(tmp_path)) == set(TABLES)
    (tmp_path / "pegs.csv").unlink()
    with pytest.raises(InputError, match=r"no plan folder, it lacks .* pegs\.csv"):
        read_tables(tmp_path)
