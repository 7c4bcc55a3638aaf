import json
import stat
import threading
import time

import pytest

from twin.service.problems import ProblemError
from twin.service.webhooks import Happening, guard
from twin.service.webhooks.sending import signature_of


def released(number):
    return Happening("plan.released", f"r-{number}", f"P{number}", {"n": number})


def until(condition):
    end = time.monotonic() + 60.0
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def statuses(hook):
    return [one.status for one in hook.deliveries]


def test_who_wants_to_know_is_told_in_order_and_signed(make_webhooks, receiver):
    board = make_webhooks()
    board.start()
    hook = board.add(receiver.url, ["plan.released"], who="anna")
    board.tell([released(1), Happening("job.ended", "j", "plan-1"), released(2)])
    got = receiver.wait(2)
    assert [json.loads(body)["about"] for _, _, body in got] == ["P1", "P2"]
    for _, headers, body in got:
        sent = headers["Millstream-Signature"]
        time_s = int(sent.partition(",")[0].removeprefix("t="))
        assert sent == signature_of(body, secret=hook.secret, time_s=time_s)
    until(lambda: statuses(hook) == ["delivered", "delivered"])
    assert json.loads(got[0][2])["tenant"] == "plant"


def test_same_happening_is_told_once(make_webhooks, receiver):
    board = make_webhooks()
    board.start()
    hook = board.add(receiver.url, ["plan.released"], who="anna")
    board.tell([released(1), released(2)])
    until(lambda: statuses(hook) == ["delivered", "delivered"])
    board.tell([released(1)])
    assert len(hook.deliveries) == 2
    assert len(receiver.got) == 2


def test_failed_message_is_sent_again(make_webhooks, receiver):
    receiver.statuses = [500, 503]
    board = make_webhooks()
    board.start()
    hook = board.add(receiver.url, ["plan.released"], who="anna")
    board.tell([released(1)])
    until(lambda: statuses(hook) == ["delivered"])
    assert hook.deliveries[0].tries == 3
    assert len({headers["Millstream-Delivery"] for _, headers, _ in receiver.got}) == 1


def test_webhook_that_fails_too_often_is_disabled_until_a_ping(make_webhooks, receiver):
    receiver.statuses = [500] * 4
    board = make_webhooks(tries_max=2, given_up_max=2)
    board.start()
    hook = board.add(receiver.url, ["plan.released"], who="anna")
    board.tell([released(number) for number in range(3)])
    until(lambda: not hook.enabled)
    assert statuses(hook) == ["given_up", "given_up", "waiting"]
    assert hook.deliveries[0].said == "answered 500"
    board.ping(hook.id)
    until(lambda: statuses(hook)[2:] == ["delivered", "delivered"])
    assert hook.n_given_up == 0


def test_of_too_many_that_wait_the_oldest_are_dropped(make_webhooks, receiver):
    board = make_webhooks(waiting_max=2, kept_max=3)
    hook = board.add(receiver.url, ["plan.released"], who="anna")
    for number in range(6):
        board.tell([released(number)])
    assert [one.about for one in hook.deliveries] == ["P1", "P2", "P3", "P4", "P5"]
    assert statuses(hook) == ["dropped"] * 3 + ["waiting"] * 2


def test_what_waits_is_sent_after_a_restart(make_webhooks, receiver):
    before = make_webhooks()
    hook = before.add(receiver.url, ["plan.released"], who="anna")
    before.tell([released(1)])
    before.close()
    after = make_webhooks()
    after.start()
    receiver.wait(1)
    (again,) = after.rows()
    until(lambda: statuses(again) == ["delivered"])
    assert (again.id, again.secret) == (hook.id, hook.secret)
    assert after.add(receiver.url, ["ping"], who="anna").id == "webhook-2"


def test_secret_is_out_of_reach_of_others(make_webhooks, receiver, tmp_path):
    make_webhooks().add(receiver.url, ["ping"], who="anna")
    paths = list((tmp_path / "webhooks").iterdir())
    assert any(path.suffix == ".webhook" for path in paths)
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}


def test_ended_webhook_is_told_nothing_more(make_webhooks, receiver, tmp_path):
    board = make_webhooks()
    hook = board.add(receiver.url, ["plan.released"], who="anna")
    board.tell([released(1)])
    board.remove(hook.id)
    board.start()
    board.tell([released(2)])
    assert board.rows() == []
    assert not list((tmp_path / "webhooks").glob("*.webhook"))
    with pytest.raises(ProblemError, match="webhook 'webhook-1'"):
        board.row(hook.id)


def test_there_are_only_so_many(make_webhooks, receiver):
    board = make_webhooks(webhooks_max=1)
    board.add(receiver.url, ["ping"], who="anna")
    with pytest.raises(ProblemError, match="webhooks: 1"):
        board.add(receiver.url, ["ping"], who="anna")


def test_name_that_turns_inside_later_is_not_connected_to(
    make_webhooks, receiver, monkeypatch
):
    addresses = iter([["8.8.8.8"]])
    monkeypatch.setattr(guard, "resolve", lambda *_: next(addresses, ["127.0.0.1"]))
    board = make_webhooks(to_loopback=False, tries_max=1)
    board.start()
    url = f"https://rebinding.example:{receiver.server_address[1]}/"
    hook = board.add(url, ["plan.released"], who="mallory")
    board.tell([released(1)])
    until(lambda: statuses(hook) == ["given_up"])
    assert "public addresses only" in hook.deliveries[0].said
    assert receiver.got == []


def test_full_disk_ends_nobody(make_webhooks, receiver, monkeypatch, caplog):
    board = make_webhooks()
    board.start()
    hook = board.add(receiver.url, ["plan.released"], who="anna")

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr("twin.service.webhooks.board.write_owned", full)
    board.tell([released(1)])
    until(lambda: statuses(hook) == ["delivered"])
    assert "could not be kept" in caplog.text


def test_webhook_that_is_not_allowed_any_more_fails_and_says_why(
    make_webhooks, receiver
):
    before = make_webhooks()
    before.add(receiver.url, ["plan.released"], who="anna")
    before.tell([released(1)])
    before.close()
    after = make_webhooks(to_loopback=False, tries_max=2)
    after.start()
    (hook,) = after.rows()
    until(lambda: statuses(hook) == ["given_up"])
    assert "allowed: https://" in hook.deliveries[0].said
    after.tell([released(2)])
    until(lambda: statuses(hook) == ["given_up", "given_up"])
    assert receiver.got == []


def test_id_of_a_webhook_is_not_used_again(make_webhooks, receiver):
    board = make_webhooks()
    first = board.add(receiver.url, ["ping"], who="anna")
    board.remove(first.id)
    again = make_webhooks()
    assert again.add(receiver.url, ["ping"], who="anna").id != first.id


def test_ping_answers_with_its_own_message(make_webhooks, receiver, monkeypatch):
    board = make_webhooks()
    hook = board.add(receiver.url, ["ping", "plan.released"], who="anna")
    keep = board._keep  # what comes between is told while it is kept

    def slow(which):
        monkeypatch.setattr(board, "_keep", keep)
        board.tell([released(1)])
        keep(which)

    monkeypatch.setattr(board, "_keep", slow)
    assert board.ping(hook.id).kind == "ping"
    assert [one.kind for one in hook.deliveries] == ["ping", "plan.released"]


def test_slow_disk_delays_nobody_who_looks(make_webhooks, receiver, monkeypatch):
    board = make_webhooks()
    hook = board.add(receiver.url, ["plan.released"], who="anna")
    begun, goes_on = threading.Event(), threading.Event()

    def slow(*_):
        begun.set()
        assert goes_on.wait(60)

    monkeypatch.setattr("twin.service.webhooks.board.write_owned", slow)
    teller = threading.Thread(target=board.tell, args=([released(1)],))
    teller.start()
    assert begun.wait(60)
    looker = threading.Thread(target=board.rows)
    looker.start()
    looker.join(60)
    assert not looker.is_alive()
    goes_on.set()
    teller.join(60)
    assert statuses(hook) == ["waiting"]
