import json

import pytest

from streams.codec import encode
from streams.deadletters import DeadLetter
from streams.events import OrderCancelled, StockCounted
from twin.service.follower import LETTERS
from twin.service.letters import letter_of, letters_of, retry
from twin.service.problems import ProblemError

GOOD = encode(OrderCancelled(order="O1"), event_id="7", source="erp", time_us=0)


@pytest.fixture
def tenant(make_tenant):
    one = make_tenant()
    one.start()
    return one


def fold(tenant, *values):
    n_records = tenant.journal.n_records + len(values)
    tenant.journal.submit(values).result(60)
    assert tenant.follower.wait_for_records(n_records, timeout_s=60)


def test_mended_letter_is_an_event_and_stays_marked(tenant, order):
    fold(tenant, b"{broken", b"[bad")
    first, second = letters_of(tenant)
    assert retry(tenant, first.id, json.dumps(order(1)).encode()) == 1
    assert tenant.follower.wait_for_records(3, timeout_s=60)
    orders = tenant.follower.view(fresh=True).state
    assert tenant.follower.progress().read == 3
    assert sum(tenant.follower.progress().dead_letters.values()) == 2
    marked, other = letters_of(tenant)
    assert marked.letter == first.letter
    assert marked.mark.edited
    assert other.mark is None
    assert orders is not None
    assert letter_of(tenant, second.id) == other


def test_letter_fed_in_twice_counts_once(tenant, order):
    fold(tenant, b"{broken")
    (letter,) = letters_of(tenant)
    for _ in range(2):
        retry(tenant, letter.id, json.dumps(order(1)).encode())
    assert tenant.follower.wait_for_records(3, timeout_s=60)
    progress = tenant.follower.progress()
    assert progress.applied + progress.waiting == 1


def test_letter_that_is_still_no_event_is_refused_and_nothing_written(tenant):
    fold(tenant, b"{broken")
    (letter,) = letters_of(tenant)
    for mended, status in ((None, 409), (b"{}", 422), (b"[]", 422), (b"x", 422)):
        with pytest.raises(ProblemError) as refused:
            retry(tenant, letter.id, mended)
        assert refused.value.status == status
    assert tenant.journal.n_records == 1
    assert letters_of(tenant) == [letter]


@pytest.mark.parametrize(
    ("fields", "said"),
    [({"reason": "too late"}, "too late"), ({"headers": {"ce_id": b"1"}}, "headers")],
)
def test_letter_that_would_be_set_aside_again_needs_another_body(
    tenant, monkeypatch, fields, said
):
    known = {"partition": "log/0", "offset": 3, "reason": "not JSON", "time_us": 0}
    one = DeadLetter(**{**known, "raw": GOOD, **fields})
    monkeypatch.setattr("twin.service.letters.DeadLetterLog", lambda _: [one])
    (letter,) = letters_of(tenant)
    with pytest.raises(ProblemError, match=said):
        retry(tenant, letter.id, None)
    (tenant.store / LETTERS).mkdir(parents=True, exist_ok=True)
    assert retry(tenant, letter.id, GOOD) == 1


def test_letter_that_can_be_used_by_now_is(tenant, monkeypatch):
    known = {"partition": "log/0", "offset": 3, "reason": "not JSON", "time_us": 0}
    one = DeadLetter(**known, raw=GOOD)
    monkeypatch.setattr("twin.service.letters.DeadLetterLog", lambda _: [one])
    (tenant.store / LETTERS).mkdir(parents=True, exist_ok=True)
    (letter,) = letters_of(tenant)
    assert retry(tenant, letter.id, None) == 1
    assert not letters_of(tenant)[0].mark.edited


def counted(event_id, time_us, quantity=3):
    event = StockCounted(item="shampoo_mild", site="dc_west", quantity=quantity)
    return encode(event, event_id=event_id, source="wms", time_us=time_us)


NOW_US, EARLY_US = 1_767_600_000_000_000, 1_767_500_000_000_000


@pytest.mark.parametrize("in_list", [False, True])
def test_mended_late_letter_is_applied_under_another_id(tenant, in_list):
    late = counted("late", EARLY_US)
    fold(tenant, counted("now", NOW_US))
    fold(tenant, b"[{}, " + late + b"]" if in_list else late)
    letter = next(one for one in letters_of(tenant) if one.letter.reason == "late")
    with pytest.raises(ProblemError, match="another id") as refused:
        retry(tenant, letter.id, counted("late", NOW_US, 7))
    assert refused.value.status == 409
    assert tenant.journal.n_records == 2
    assert letter_of(tenant, letter.id).mark is None
    assert retry(tenant, letter.id, counted("mended", NOW_US, 7)) == 1
    assert tenant.follower.wait_for_records(3, timeout_s=60)
    progress = tenant.follower.progress()
    assert progress.applied + progress.waiting == 2
    assert progress.dead_letters["late"] == 1
