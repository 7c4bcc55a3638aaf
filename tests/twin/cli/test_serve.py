import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
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
    ],
)
def test_options_that_do_not_fit_are_refused(options, said, capsys):
    assert run(["serve", "nowhere", *options]) == 2
    assert said in capsys.readouterr().err


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def asked(url, key, *, body=None):
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    request = urllib.request.Request(url, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


@pytest.mark.slow
def test_service_keeps_what_it_answered_for(tmp_path):
    counted = StockCounted(item="tea", site="dc_west", quantity=4)
    body = encode(counted, event_id="1", source="test", time_us=0)
    port = free_port()
    command = [
        sys.executable, "-m", "twin", "serve", "examples/demo",
        "--log", str(tmp_path / "log"), "--port", str(port),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip() + "/v1"
        key_file = process.stdout.readline().rpartition(": ")[2].strip()
        key = Path(key_file).read_text().strip()
        for _ in range(100):
            try:
                answer = asked(f"{url}/events", key, body=body)
                break
            except OSError:
                time.sleep(0.1)
        assert answer["accepted"] == 1
        process.send_signal(signal.SIGKILL)
    with LogReader(tmp_path / "log") as reader:
        assert len(reader.poll(0, 10)) == 1
    assert (tmp_path / "log.service" / "keys.json").exists()
