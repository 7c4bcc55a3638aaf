import hashlib
import hmac
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from twin.service.webhooks import guard
from twin.service.webhooks.sending import Sending, signature_of


def sending(url, *, timeout_s=30.0, to_loopback=True):
    return Sending(url, to_loopback=to_loopback, timeout_s=timeout_s)


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
    assert "allowed: https://" in refused
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


@pytest.fixture
def tls_receiver(make_receiver, monkeypatch, tmp_path):
    """A receiver that speaks TLS as ``right.example``, and its certificate."""
    if not shutil.which("openssl"):
        pytest.fail("needs the openssl program", pytrace=False)
    certificate, secret = tmp_path / "own.pem", tmp_path / "own.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=right.example", "-addext", "subjectAltName=DNS:right.example",
         "-out", certificate, "-keyout", secret],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    monkeypatch.setattr(guard, "resolve", lambda *_: ["127.0.0.1"])
    return make_receiver(context), certificate


@pytest.mark.parametrize(
    ("name", "is_trusted", "said"),
    [
        ("right.example", True, None),
        ("wrong.example", True, "Hostname mismatch"),
        ("right.example", False, "self-signed certificate"),
    ],
)
def test_certificate_must_be_trusted_and_of_the_name(  # noqa: PLR0917  # a case
    tls_receiver, monkeypatch, name, is_trusted, said
):
    receiver, certificate = tls_receiver
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    url = f"https://{name}:{receiver.server_address[1]}/"
    failed = sending(url).post(b"secret", {})
    assert (failed is None) == (said is None)
    if failed is None:
        assert [body for _, _, body in receiver.got] == [b"secret"]
    else:
        assert "CERTIFICATE_VERIFY_FAILED" in failed
        assert said in failed.replace("self signed", "self-signed")
        assert receiver.got == []


def test_what_speaks_no_tls_gets_nothing(receiver):
    failed = sending(receiver.url.replace("http", "https")).post(b"secret", {})
    assert failed is not None
    assert receiver.got == []
