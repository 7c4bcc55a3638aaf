import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from streams.codec import encode
from streams.events import StockCounted
from streams.log import LogReader
from twin.cli.app import run


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--log", "kafka://localhost:9/plant"], "--store: must be given"),
        (["--log", "log", "--host", "0.0.0.0"], "others could read keys"),
        (["--log", "log", "--tls-key", "k.pem"], "go together"),
        ([], "go together"),
        (["--log", "log", "--tenant", "west=plant:l"], "--store: must be given"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, said, capsys):
    assert run(["serve", "nowhere", *options]) == 2
    assert said in capsys.readouterr().err


def test_network_that_does_not_exist_is_told_and_no_log_is_made(tmp_path, capsys):
    log = tmp_path / "log"
    assert run(["serve", str(tmp_path / "nowhere"), "--log", str(log)]) == 2
    assert "nowhere: missing" in (said := capsys.readouterr().err)
    assert "the folder does not exist" in said
    assert not log.exists()


@pytest.mark.parametrize("is_there", [False, True])
def test_log_that_is_begun_is_told(tmp_path, monkeypatch, capsys, is_there):
    def ends(places, address, listening):
        listening.close()
        for one in places.tenants.values():
            one.close()
        places.audit.close()
        return True

    monkeypatch.setattr("twin.service.serving.serve", ends)
    log = tmp_path / "log"
    if is_there:
        log.mkdir()
    given = ["serve", "examples/network", "--log", str(log), "--port", "0"]
    assert run([*given, "--no-warm"]) == 0
    begun = f"{log}: there was no log, so a new one is begun"
    assert (begun in capsys.readouterr().err) is not is_there
    assert log.is_dir()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def asked(url, key, *, body=None, context=None):
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    request = urllib.request.Request(url, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=60, context=context) as answer:
        return json.load(answer)


def asked_soon(url, key, **more):
    """Ask until somebody answers."""
    for _ in range(100):
        try:
            return asked(url, key, **more)
        except urllib.error.URLError as error:
            if isinstance(error, urllib.error.HTTPError):
                raise
            time.sleep(0.1)
    raise TimeoutError(url)


@pytest.fixture
def serving():
    """Serve with options; yield the address and the keys by tenant."""
    begun = []

    def begin(*options, n_keys=1, warm="--no-warm", **environment):
        command = [
            sys.executable, "-m", "twin", "serve", *map(str, options),
            "--port", str(free_port()), warm,
        ]  # fmt: skip
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=os.environ | environment
        )
        begun.append(process)
        url = process.stdout.readline().strip()
        files = [
            process.stdout.readline().rpartition(": ")[2].strip() for _ in range(n_keys)
        ]
        return process, url, [Path(file).read_text().strip() for file in files]

    yield begin
    for process in begun:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.slow
def test_service_keeps_what_it_answered_for(tmp_path, serving):
    counted = StockCounted(item="tea", site="dc_west", quantity=4)
    body = encode(counted, event_id="1", source="test", time_us=0)
    link = tmp_path / "link"
    (tmp_path / "log").mkdir()
    link.symlink_to(tmp_path / "log")
    process, url, (key,) = serving("examples/network", "--log", link)
    assert asked_soon(f"{url}/v1/events", key, body=body)["accepted"] == 1
    process.send_signal(signal.SIGKILL)
    process.wait()
    with LogReader(tmp_path / "log") as reader:
        assert len(reader.poll(0, 10)) == 1
    assert (tmp_path / "log.service" / "keys.json").exists()


@pytest.mark.slow
def test_nobody_waits_for_kernels_of_a_fresh_machine(tmp_path, serving):
    process, url, (key,) = serving(
        "examples/network", "--log", tmp_path / "log",
        warm="--warm", NUMBA_CACHE_DIR=str(tmp_path / "kernels"),
    )  # fmt: skip
    body = encode(
        StockCounted(item="tea", site="dc_west", quantity=4),
        event_id="1", source="test", time_us=0,
    )  # fmt: skip
    assert asked_soon(f"{url}/v1/events", key, body=body)["accepted"] == 1
    for path in ("readyz", "v1/state/stock", "v1/state/stock?at=1", "v1/overview"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            asked(f"{url}/{path}", key)
        with refused.value as answer:
            assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert asked(f"{url}/healthz", key) == {"status": "ok"}
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    with LogReader(tmp_path / "log") as reader:
        assert len(reader.poll(0, 10)) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "told", [[signal.SIGINT], [signal.SIGTERM], [signal.SIGINT] * 2]
)
def test_told_to_end_it_saves_says_so_and_has_not_failed(tmp_path, serving, told):
    process, url, (key,) = serving("examples/network", "--log", tmp_path / "log")
    assert asked_soon(f"{url}/v1/session", key)["tenant"] == "default"
    for one in told:
        process.send_signal(one)
    said, _ = process.communicate(timeout=300)
    store = tmp_path / "log.service"
    assert said == f"stopped; what was read is saved in {store}\n"
    assert process.returncode == 0


def folded_soon(url, key, n_events):
    """Wait until so many are folded."""
    for _ in range(600):
        if asked_soon(f"{url}/v1/streams", key)["position"].get("log/0") == n_events:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.slow
def test_service_ends_though_somebody_listens_and_goes_on_with_all(tmp_path, serving):
    process, url, (key,) = serving("examples/network", "--log", tmp_path / "log")
    for n in range(3):
        counted = StockCounted(item="tea", site="dc_west", quantity=n)
        body = encode(counted, event_id=str(n), source="test", time_us=n)
        assert asked_soon(f"{url}/v1/events", key, body=body)["accepted"] == 1
    listening = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    with closing(listening):
        listening.request(
            "GET", "/v1/changes", headers={"authorization": f"Bearer {key}"}
        )
        assert listening.getresponse().status == 200
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        process.wait(120)  # the bound is 10 s; the machine may be busy
    _, url, _ = serving("examples/network", "--log", tmp_path / "log", n_keys=0)
    assert folded_soon(url, key, 3)


@pytest.mark.slow
def test_tenants_are_kept_apart_behind_tls(tmp_path, serving):
    certificate, secret = tmp_path / "own.pem", tmp_path / "own.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-out", certificate, "-keyout", secret],
        check=True, capture_output=True,
    )  # fmt: skip
    _, url, (west, east) = serving(
        "--tenant", f"west=examples/network:{tmp_path / 'west'}",
        "--tenant", f"east=examples/network:{tmp_path / 'east'}",
        "--store", tmp_path / "store",
        "--tls-certificate", certificate, "--tls-key", secret,
        n_keys=2,
    )  # fmt: skip
    assert url.startswith("https://")
    trusting = ssl.create_default_context(cafile=certificate)
    body = encode(
        StockCounted(item="tea", site="dc_west", quantity=4),
        event_id="1", source="test", time_us=0,
    )  # fmt: skip
    asked_soon(f"{url}/v1/events", west, body=body, context=trusting)
    with LogReader(tmp_path / "west") as reader:
        assert len(reader.poll(0, 10)) == 1
    with LogReader(tmp_path / "east") as reader:
        assert reader.poll(0, 10) is None
    theirs = asked(f"{url}/v1/session", east, context=trusting)
    assert theirs["tenant"] == "east"
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        asked(f"{url}/v1/session", west)
    with pytest.raises((urllib.error.URLError, ConnectionError)):
        asked(f"{url}/v1/session".replace("https", "http"), west)
    signed = urllib.request.Request(
        f"{url}/v1/session", data=json.dumps({"key": west}).encode(),
        headers={"content-type": "application/json"},
    )  # fmt: skip
    with urllib.request.urlopen(signed, timeout=60, context=trusting) as answer:
        assert "secure" in answer.headers["set-cookie"].lower()
