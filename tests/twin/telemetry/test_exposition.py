from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from twin.errors import OptionError
from twin.telemetry.exposition import Exposition
from twin.telemetry.metrics import Reading


def test_readings_are_taken_when_asked_for():
    numbers = iter([1, 2])
    with Exposition(
        lambda: [Reading("millstream_group_generation", next(numbers))], port=0
    ) as shown:
        for expected in (
            b"millstream_group_generation 1.0\n",
            b"millstream_group_generation 2.0\n",
        ):
            with urlopen(shown.address) as answer:
                assert answer.headers["Content-Type"].startswith("text/plain")
                assert expected in answer.read()


def test_it_listens_on_this_machine_only():
    with Exposition(list, port=0) as shown:
        assert shown.address.startswith("http://127.0.0.1:")
        assert shown._server.server_address[0] == "127.0.0.1"


def test_other_paths_are_not_there():
    with (
        Exposition(list, port=0) as shown,
        pytest.raises(HTTPError, match="there is only /metrics") as found,
    ):
        urlopen(shown.address + "/other")
    found.value.close()


def test_port_that_is_taken_is_refused():
    with Exposition(list, port=0) as shown:
        port = int(shown.address.split(":")[2].split("/")[0])
        with pytest.raises(OptionError, match=f"--metrics {port}: cannot be listened"):
            Exposition(list, port=port)
