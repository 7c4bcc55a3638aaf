import numpy as np
import pytest

from streams.events import TYPE_CODES
from streams.layout import RANK_RULES, ranks
from streams.names import hash64
from twin.simulate._kernels.folding import (
    Ordered,
    RingNames,
    hash_numbered,
    keep_rows,
    name_new,
    order_rows,
    place_of,
)
from twin.simulate.tables import LETTERS, Trace
from twin.state.tables import KINDS

FIRST = 10  # names of the network


def ring_names(ring):
    return RingNames(
        first=np.array([FIRST]), ring=np.array([ring]),
        known=np.zeros(len(LETTERS), np.int64),
        letters=np.array([ord(letter) for letter in LETTERS]),
        text=np.zeros(24, np.uint8),
    )  # fmt: skip


def tables_of(ring):
    wide = FIRST + ring * len(LETTERS)
    memo = np.full((len(KINDS), wide), -1, np.int32)
    return memo, np.zeros(wide, np.uint64)


def random_trace(seed, n):
    """Rows nearly in the order of time, as a simulation tells them."""
    rng, trace = np.random.default_rng(seed), Trace.of_rows(n)
    trace.time_us[:] = np.sort(rng.integers(0, n // 4, n)) + rng.integers(0, 2, n)
    codes = [TYPE_CODES[name] for name in ("MachineStateChanged", "OperationStarted",
             "OperationCompleted", "StockMoved", "OrderReceived")]  # fmt: skip
    trace.type_code[:] = rng.choice(codes, n)
    changed = trace.type_code == TYPE_CODES["MachineStateChanged"]
    trace.code[:] = np.where(changed, rng.integers(0, 3, n), -1)
    trace.time0[:] = trace.time_us - rng.integers(0, 2, n)
    trace.value0[:] = np.arange(n)
    return trace


def ordered(trace, n, *, first=0, names=None):
    found = Ordered(
        np.zeros(n, np.int64), np.zeros(n, np.uint8),
        np.zeros(n, np.int32), np.zeros(n, np.int32),
    )  # fmt: skip
    rules, names = RANK_RULES, names or ring_names(4)
    last = order_rows(trace, first, n, rules.of_type, rules.is_down, names, found)
    return last, found


@pytest.mark.parametrize("seed", range(4))
def test_order_is_the_canonical_one(seed):
    n = 200
    trace = random_trace(seed, n)
    last, found = ordered(trace, n)
    order = found.order
    rank = ranks(trace.type_code, trace.code, trace.time_us, trace.time0)
    assert order.tolist() == np.lexsort((np.arange(n), rank, trace.time_us)).tolist()
    times = trace.time_us[order]
    assert times[last - 1] < times[last] == times[-1]


def test_one_instant_is_the_last():
    trace = random_trace(0, 8)
    trace.time_us[:] = 5
    assert ordered(trace, 8)[0] == 0


def test_rows_before_the_first_are_left_out():
    trace = random_trace(2, 60)
    last, found = ordered(trace, 60, first=20)
    assert sorted(found.order[:40].tolist()) == list(range(20, 60))
    assert (np.diff(trace.time_us[found.order[:40]]) >= 0).all()
    assert trace.time_us[found.order[last]] == trace.time_us[20:].max()


def test_kept_rows_are_in_order():
    trace = random_trace(1, 50)
    trace.time_us[40:] = trace.time_us.max() + 1
    last, found = ordered(trace, 50)
    target = Trace.of_rows(50)
    keep_rows(trace, found.order, last, 50, target, 3)
    assert last == 40
    for name in set(Trace._fields) - {"value2"}:
        one, other = getattr(target, name)[3:13], getattr(trace, name)
        assert one.tolist() == other[found.order[40:]].tolist(), name


@pytest.mark.parametrize("n", [0, 1, 9, 10, 99, 100, 12345, 10**18])
@pytest.mark.parametrize("letter", LETTERS)
def test_hash_is_that_of_the_id(letter, n):
    text = np.zeros(24, np.uint8)
    assert hash_numbered(text, ord(letter), n) == hash64(f"{letter}{n}")


def test_names_get_places_and_hashes_in_turn():
    names, (memo, hashes) = ring_names(4), tables_of(4)
    highest = np.array([6, 0, 1, 0])
    assert name_new(names, memo, hashes, highest)
    assert names.known.tolist() == highest.tolist()
    places = {n: FIRST + n % 4 for n in (3, 4, 5, 6)}
    for n, place in places.items():
        assert hashes[place] == hash64(f"{LETTERS[0]}{n}")
        assert place_of(names, FIRST, 4, FIRST + n * len(LETTERS)) == place
    assert place_of(names, FIRST, 4, FIRST + 2 * len(LETTERS)) == -2
    assert place_of(names, FIRST, 4, FIRST - 1) == FIRST - 1
    assert place_of(names, FIRST, 4, -1) == -1


def test_names_are_hashed_one_after_the_other():
    names, (memo, hashes) = ring_names(2048), tables_of(2048)
    for highest in (3, 99, 1005):
        assert name_new(names, memo, hashes, np.array([0, highest, 0, 0]))
    places = FIRST + 2048 + np.arange(1, 1006)
    wanted = [hash64(f"{LETTERS[1]}{n}") for n in range(1, 1006)]
    assert hashes[places].tolist() == wanted


def test_place_that_is_referred_to_is_not_given_away():
    names, (memo, hashes) = ring_names(4), tables_of(4)
    assert name_new(names, memo, hashes, np.array([4, 0, 0, 0]))
    memo[KINDS.index("order"), FIRST + 2] = 0
    assert not name_new(names, memo, hashes, np.array([9, 0, 0, 0]))
    assert names.known[0] == 5
    assert hashes[FIRST + 2] == hash64(f"{LETTERS[0]}2")


def test_rows_get_places_unless_a_name_is_too_old():
    names, (memo, hashes) = ring_names(4), tables_of(4)
    name_new(names, memo, hashes, np.array([6, 6, 0, 0]))
    trace = Trace.of_rows(2)
    trace.subject[:] = FIRST + 5 * len(LETTERS) + 1, 3
    trace.parent[:] = -1, FIRST + 6 * len(LETTERS)
    last, found = ordered(trace, 2, names=names)
    assert last == 0
    assert found.subject.tolist() == [FIRST + 4 + 1, 3]
    assert found.parent.tolist() == [-1, FIRST + 2]
    trace.subject[1] = FIRST + len(LETTERS)
    assert ordered(trace, 2, names=names)[0] == -1
