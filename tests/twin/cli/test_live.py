import json

import pytest

from streams.codec import encode
from streams.events import StockCounted
from twin.cli.app import run

NETWORK = ["--network", "examples/network"]


def test_address_and_options_that_do_not_fit_are_refused(tmp_path, capsys):
    store = ["--group", "g", "--store", str(tmp_path / "store")]
    assert run(["live", "plant.ndjson", *NETWORK, *store]) == 2
    assert "must be kafka://host" in capsys.readouterr().err
    source = "kafka://localhost:9/plant"
    assert run(["live", source, *NETWORK, *store, "--plan-s", "5"]) == 2
    assert "need --output-prefix" in capsys.readouterr().err
    assert not (tmp_path / "store").exists()


@pytest.fixture
def topics(kafka_broker, kafka_topic):
    """Two topics of unlike partitions, keyed by number; each counts tea at 5 sites."""
    from streams.kafka import KafkaConfiguration, KafkaSink  # noqa: PLC0415

    configuration = KafkaConfiguration((kafka_broker.address,))
    names = [kafka_topic(f"live-{n}", n_partitions=n) for n in (1, 2)]
    for topic in names:
        values = [
            encode(
                StockCounted(item="tea", site=f"S{n % 5}", quantity=n),
                event_id=str(n),
                source=topic,
                time_us=1_704_067_200_000_000 + n,
            )
            for n in range(100)
        ]
        with KafkaSink(configuration, topic) as sink:
            sink.append(values, keys=[b"%d" % n for n in range(100)])
    return names


@pytest.mark.kafka
@pytest.mark.slow
def test_topics_keyed_by_other_things_are_keyed_anew(
    kafka_broker, topics, small_network, capsys
):
    folder = small_network.parent
    source = f"kafka://{kafka_broker.address}/{','.join(topics)}"
    answer, store = folder / "live.json", folder / "store"
    arguments = [source, "--network", str(small_network), "--store", str(store)]
    arguments += ["--group", topics[0], "--until-idle", "6", "--json", str(answer)]
    assert run(["live", *arguments]) == 2
    assert f"{topics[0]} has 1, {topics[1]} has 2" in capsys.readouterr().err
    more = ["--rekey", "--output-prefix", topics[0]]
    assert run(["live", *arguments, *more]) == 0
    assert "owns 0, 1" in capsys.readouterr().out
    found = json.loads(answer.read_text())
    assert (found["records"], found["lag"]) == (200, 0)
    assert run(["state", str(store), "--json", str(answer), "--quiet"]) == 0
    assert "several shards" not in capsys.readouterr().err
    stock = json.loads(answer.read_text())["tables"]["stock"]
    counted = {row["place"]: row["on_hand"] for row in stock if row["item"] == "tea"}
    assert counted == {f"S{n}": 95.0 + n for n in range(5)}
