import pytest

from twin.service.access import Caller
from twin.service.access import sessions as module
from twin.service.access.sessions import Sessions, need_token
from twin.service.problems import ProblemError


def test_session_lasts_as_long_as_it_may():
    sessions = Sessions(length_s=10)
    cookie, session = sessions.begin("ms_a_b", now_s=0)
    assert sessions.find(cookie, now_s=9.9) == session
    assert sessions.find(cookie, now_s=10) is None
    assert sessions.find("other", now_s=0) is None


def test_session_ends_when_told_to():
    sessions = Sessions()
    cookie, _ = sessions.begin("ms_a_b", now_s=0)
    sessions.end(cookie)
    sessions.end(cookie)
    assert sessions.find(cookie, now_s=1) is None


def test_there_are_only_so_many_that_have_not_ended(monkeypatch):
    monkeypatch.setattr(module, "SESSIONS_MAX", 1)
    sessions = Sessions(length_s=10)
    sessions.begin("a", now_s=0)
    with pytest.raises(ProblemError, match="sessions: 1"):
        sessions.begin("b", now_s=5)
    sessions.begin("b", now_s=11)


@pytest.mark.parametrize("token", [None, "", "wrong", "ü"])
def test_change_needs_the_token(token):
    _, session = Sessions().begin("a", now_s=0)
    caller = Caller("anna", "t", frozenset({"read"}))
    need_token(session, session.csrf, caller)
    with pytest.raises(ProblemError, match="anna: x-csrf-token"):
        need_token(session, token, caller)
