"""A recorded log played into a topic, and read from there again."""

import json

import pytest

from streams.codec import encode
from streams.events import StockCounted
from streams.log import LogWriter
from twin.cli.app import run

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture
def replay(tmp_path):
    network = tmp_path / "network"
    assert run(["network", "init", str(network), "--quiet"]) == 0

    def carry_out(source, *words):
        answer = tmp_path / "answer.json"
        options = ["--network", str(network), "--quiet", "--json", str(answer)]
        assert run(["replay", str(source), *map(str, words), *options]) == 0
        return json.loads(answer.read_text())

    return carry_out


def test_log_played_into_a_topic_gives_the_same_state(
    kafka_broker, kafka_topic, tmp_path, replay
):
    values = [
        encode(
            StockCounted(item="pump", site="dc", quantity=n),
            event_id=str(n),
            source="wms",
            time_us=1_714_543_200_000_000 + n,
        )
        for n in range(300)
    ]
    with LogWriter(tmp_path / "log") as writer:
        writer.append([*values, b"rubbish"], keys=[b"dc"] * 301)
    topic = f"kafka://{kafka_broker.address}/{kafka_topic('played')}"
    told = replay(tmp_path / "log", "--into", topic)
    assert (told["into"]["records"], told["into"]["left_out"]) == (300, 1)
    got = replay(topic, "--transport", "poll")
    assert got["state_hash"] == told["state_hash"]
    assert got["records"]["read"] == 300
    assert got["records"]["dead_letters"] == 0
    assert got["reading"]["transport"] == "poll"
    assert got["reading"]["transport_reason"]
    auto = replay(topic)
    assert auto["state_hash"] == told["state_hash"]
    assert auto["reading"]["transport"] == "batch"
