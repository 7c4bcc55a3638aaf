import stat
import statistics
import time

import pytest

from twin.errors import OptionError
from twin.service.access import KeyRing
from twin.service.problems import ProblemError


@pytest.fixture
def ring(tmp_path):
    return KeyRing(tmp_path / "keys.json")


def issue(ring, **changed):
    given = {"tenant": "t", "scopes": ["read"], "now_us": 5, **changed}
    return ring.issue("anna", **given)


def test_key_opens_what_it_was_made_for_after_a_restart(ring, tmp_path):
    row, key = issue(ring, scopes=["plan", "read"], sites=["b", "a"])
    caller = KeyRing(tmp_path / "keys.json").caller(key, now_us=6)
    assert (caller.name, caller.tenant) == ("anna", "t")
    assert caller.scopes == {"read", "plan"}
    assert caller.sites == {"a", "b"}
    assert row.scopes == ("read", "plan")


def test_file_holds_no_secret_and_is_its_owners_alone(ring, tmp_path):
    _, key = issue(ring)
    path = tmp_path / "keys.json"
    assert key.split("_")[2] not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_wrong_keys_are_all_refused_in_the_same_words(ring):
    row, key = issue(ring)
    wrong = [
        "", "ms", "ms__", key[:-1] + "x", f"ms_{row.id}_", f"xx{key[2:]}", "ms_ü_ü",
        f"ms_{'0' * 12}_{'0' * 64}", f"{key}_",
    ]  # fmt: skip
    said = set()
    for one in wrong:
        with pytest.raises(ProblemError) as refused:
            ring.caller(one, now_us=6)
        said.add((refused.value.status, refused.value.detail))
    assert len(said) == 1


def test_key_ends_when_told_to_and_in_time(ring):
    row, key = issue(ring, expires_us=100)
    ring.caller(key, now_us=99)
    with pytest.raises(ProblemError):
        ring.caller(key, now_us=100)
    with pytest.raises(ProblemError, match=f"key '{row.id}'"):
        ring.end(row.id, tenant="another")
    ring.end(row.id, tenant="t")
    with pytest.raises(ProblemError):
        ring.caller(key, now_us=6)
    assert ring.rows("t") == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"scopes": []}, "scope ''"), ({"scopes": ["root"]}, "scope 'root'")],
)
def test_scope_that_is_not_known_is_named(ring, changed, said):
    with pytest.raises(OptionError, match=said):
        issue(ring, **changed)


def test_name_must_not_be_empty(ring):
    with pytest.raises(OptionError, match="name of a key: ' '"):
        ring.issue(" ", tenant="t", scopes=["read"], now_us=0)


def test_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "keys.json"
    path.write_text("[1]")
    with pytest.raises(OptionError, match=r"keys\.json"):
        KeyRing(path)


def test_time_of_a_check_does_not_tell_what_is_wrong(ring):
    _, key = issue(ring)
    near = key[:-1] + ("0" if key[-1] != "0" else "1")
    unknown = f"ms_{'0' * 12}_{key.split('_')[2]}"

    def seconds(given):
        start = time.perf_counter()
        for _ in range(50):
            with pytest.raises(ProblemError):
                ring.caller(given, now_us=6)
        return time.perf_counter() - start

    found = [(seconds(near), seconds(unknown)) for _ in range(9)]
    ratio = statistics.median(a for a, _ in found) / statistics.median(
        b for _, b in found
    )
    assert 0.5 < ratio < 2.0
