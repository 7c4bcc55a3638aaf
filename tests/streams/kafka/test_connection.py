import gc
import socket
import threading
import time

import pytest

from streams.errors import BrokerUnreachableError
from streams.kafka import KafkaConfiguration, KafkaSink, KafkaSource, parse_properties

pytestmark = pytest.mark.slow


@pytest.fixture
def deaf_port():
    """A port that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("make", [KafkaSource, KafkaSink])
def test_address_nobody_listens_on_is_named_in_time(make):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        server = f"127.0.0.1:{unused.getsockname()[1]}"
        topic = "orders" if make is KafkaSink else ["orders"]
        begin = time.monotonic()
        with pytest.raises(
            BrokerUnreachableError,
            match=rf"Kafka at {server}: no broker answered within 1 s over PLAINTEXT; "
            "is it running, is the address right.*Connection refused",
        ):
            make(KafkaConfiguration((server,)), topic, timeout_s=1)
        assert time.monotonic() - begin < 5


def test_name_that_does_not_exist_is_told_from_a_refused_connection():
    with pytest.raises(BrokerUnreachableError, match=r"Seen: broker\.invalid:9092: "):
        KafkaSource(KafkaConfiguration(("broker.invalid:9092",)), ["x"], timeout_s=0.2)


@pytest.mark.parametrize("make", [KafkaSource, KafkaSink])
def test_port_that_never_answers_is_named_in_time_and_let_go(deaf_port, make):
    configuration = KafkaConfiguration((f"127.0.0.1:{deaf_port}",))
    topic = "orders" if make is KafkaSink else ["orders"]
    begin = time.monotonic()
    with pytest.raises(BrokerUnreachableError, match=f"127.0.0.1:{deaf_port}"):
        make(configuration, topic, timeout_s=1)
    assert time.monotonic() - begin < 5
    gc.collect()  # a socket left behind would warn here
    assert not [t for t in threading.enumerate() if "kafka" in t.name.lower()]


def secure(broker, password):
    return parse_properties(
        f"""
        bootstrap.servers = {broker.secure_address}
        security.protocol = SASL_SSL
        sasl.mechanism = SCRAM-SHA-512
        sasl.username = twin
        sasl.password = {password}
        ssl.ca.location = {broker.ca_file}
        """
    )


@pytest.mark.kafka
def test_secure_connection_carries_records(kafka_broker, kafka_topic):
    topic = kafka_topic("secured")
    configuration = secure(kafka_broker, "twin-secret")
    with KafkaSink(configuration, topic) as sink:
        sink.append([b"sealed"])
    with KafkaSource(configuration, [topic]) as source:
        assert source.poll(10.0, 1).value(0) == b"sealed"


@pytest.mark.kafka
def test_wrong_password_is_told_from_a_dead_broker_and_not_shown(kafka_broker):
    with pytest.raises(BrokerUnreachableError, match="user, password") as caught:
        KafkaSource(secure(kafka_broker, "wrong-s3cret"), ["x"], timeout_s=3)
    assert "uthentication" in str(caught.value)
    assert "wrong-s3cret" not in str(caught.value)
