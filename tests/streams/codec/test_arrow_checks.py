import numpy as np
import pytest

from streams.codec.arrow_checks import ranks_of, suspicious_rows
from streams.events import EVENT_TYPES, TYPE_CODES
from streams.layout import LAYOUTS, ranks


def columns(type_name, **given):
    code = TYPE_CODES[type_name]
    made = {
        "time_us": np.zeros(1, np.int64),
        "type_code": np.full(1, code, np.int16),
        "source": np.zeros(1, np.int32),
    }
    dtypes = {"v": np.float64, "t": np.int64, "c": np.int16}
    for name, value in given.items():
        made[name] = np.array([value], dtypes.get(name[0], np.int32))
    return made


@pytest.mark.parametrize("type_name", list(TYPE_CODES))
def test_type_is_good_with_what_it_requires_and_not_without(type_name):
    code = TYPE_CODES[type_name]
    fields = [f for f in LAYOUTS[code] if f.column == "code" or f.required]
    given = {f.column: 0 for f in fields if f.column is not None}
    needs_detail = any(f.column is None for f in fields)
    assert suspicious_rows(columns(type_name, **given)).tolist() == [needs_detail]
    for name in given:
        less = {other: 0 for other in given if other != name}
        assert suspicious_rows(columns(type_name, **less)).tolist() == [True]


def test_bounds_are_those_of_the_fields():
    good = {"item": 0, "place": 0, "value0": 0.0}
    assert not suspicious_rows(columns("StockCounted", **good)).any()
    for name, value in [("value0", -1.0), ("value0", np.inf), ("place", -2)]:
        assert suspicious_rows(columns("StockCounted", **good | {name: value})).all()
    # What a type has no field for is looked at more closely.
    assert suspicious_rows(columns("StockCounted", **good, party=3)).all()
    reading = {"place": 0, "party": 0, "value0": -5.0}
    assert not suspicious_rows(columns("MachineReading", **reading)).any()


def test_unknown_type_or_negative_sequence_is_suspicious():
    one = columns("StockCounted", item=0, place=0, value0=1.0)
    for name, value in [("type_code", 99), ("type_code", -1), ("source", -1)]:
        changed = {**one, name: np.array([value], one[name].dtype)}
        assert suspicious_rows(changed).all()
    assert suspicious_rows({**one, "sequence": np.array([-1])}).all()


def test_ranks_are_those_of_the_layout():
    rng = np.random.default_rng(0)
    for code in [*range(len(EVENT_TYPES)), None]:
        n = 50
        codes = np.full(n, code) if code is not None else rng.integers(0, 28, n)
        made = {
            "type_code": codes.astype(np.int16),
            "code": rng.integers(-1, 4, n).astype(np.int16),
            "time_us": rng.integers(0, 3, n),
            "time0": rng.integers(0, 3, n),
        }
        expected = ranks(
            made["type_code"], made["code"], made["time_us"], made["time0"]
        )
        assert np.array_equal(ranks_of(made), expected)
