import hashlib
import hmac
import socket
import threading

import pytest

from twin.service.webhooks import guard
from twin.service.webhooks.guard import goal_of
from twin.service.webhooks.sending import Sending, signature_of


def sending(url, *, timeout_s=2.0, to_loopback=True):
    goal = goal_of(url, to_loopback=True)
    return Sending(goal, to_loopback=to_loopback, timeout_s=timeout_s)


def test_signature_is_that_of_time_and_body():
    expected = hmac.new(b"key", b'17.{"a":1}', hashlib.sha256).hexdigest()
    assert signature_of(b'{"a":1}', secret="key", time_s=17) == f"t=17,v1={expected}"


def test_body_and_headers_arrive(receiver):
    assert sending(receiver.url).post(b"{}", {"X-Of": "me"}) is None
    ((path, headers, body),) = receiver.wait(1)
    assert (path, headers["X-Of"], body) == ("/hook?x=1", "me", b"{}")
    assert headers["Host"] == f"127.0.0.1:{receiver.server_address[1]}"


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 500, 503])
def test_every_other_answer_is_a_failure(receiver, status):
    receiver.statuses = [status]
    assert sending(receiver.url).post(b"{}", {}) == f"answered {status}"


def test_nobody_is_followed_to_elsewhere(make_receiver):
    first, inside = make_receiver(), make_receiver()
    first.statuses, first.location = [307], inside.url
    assert sending(first.url).post(b"{}", {}) == "answered 307"
    assert inside.got == []


def test_connection_goes_to_the_address_that_was_looked_at(receiver, monkeypatch):
    """A name that has another address a moment later changes nothing."""
    port = receiver.server_address[1]
    asked = []
    addresses = iter([["127.0.0.1"], ["169.254.169.254"]])

    def rebinding(host, _port):
        asked.append(host)
        return next(addresses)

    monkeypatch.setattr(guard, "resolve", rebinding)
    url = f"http://rebinding.example:{port}/"
    assert sending(url).post(b"{}", {}) is None
    assert asked == ["rebinding.example"]
    assert receiver.got[0][1]["Host"] == f"rebinding.example:{port}"
    assert "public addresses" in sending(url.replace("http", "https")).post(b"", {})


def test_address_inside_is_not_connected_to(receiver):
    refused = sending(receiver.url, to_loopback=False).post(b"{}", {})
    assert "https:// for what is not this machine" in refused
    assert receiver.got == []


def test_proxy_of_the_environment_is_not_used(receiver, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert sending(receiver.url).post(b"{}", {}) is None


def test_who_answers_drop_by_drop_is_left(monkeypatch):
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            one, _ = server.accept()
            with one:
                while not done.wait(0.02):
                    try:
                        one.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        assert sending(url, timeout_s=0.3).post(b"{}", {}) == "no answer within 0.3 s"
        done.set()
        thread.join()


def test_certificate_must_be_of_the_name(receiver):
    """What speaks no TLS, or has no certificate that is trusted, gets nothing."""
    failed = sending(receiver.url.replace("http", "https")).post(b"secret", {})
    assert failed is not None
    assert receiver.got == []
