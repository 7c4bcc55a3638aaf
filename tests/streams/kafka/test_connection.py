import gc
import socket
import subprocess
import sys
import threading
import time

import pytest

from streams.errors import BrokerUnreachableError
from streams.kafka import (
    KafkaConfiguration,
    KafkaSink,
    KafkaSource,
    parse_properties,
)
from streams.kafka.connection import unreachable

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
    with pytest.raises(
        BrokerUnreachableError, match=r"PLAINTEXT\? \(broker\.invalid:9092: "
    ):
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


def secure(broker, password="twin-secret"):
    """Return the configuration of a client that logs in over TLS."""
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
    configuration = secure(kafka_broker)
    with KafkaSink(configuration, topic) as sink:
        sink.append([b"sealed"])
    with KafkaSource(configuration, [topic]) as source:
        assert source.poll(10.0, 1).value(0) == b"sealed"


@pytest.mark.kafka
def test_wrong_password_is_told_and_not_shown(kafka_broker):
    configuration = secure(kafka_broker, password="wrong-s3cret")
    with pytest.raises(BrokerUnreachableError) as caught:
        KafkaSource(configuration, ["x"], timeout_s=4)
    # Under load the broker hangs up before its reason can be read.
    assert "it refused the user or the password" in str(caught.value)
    assert "wrong-s3cret" not in str(caught.value)


@pytest.mark.kafka
def test_certificate_that_is_not_trusted_is_told(kafka_broker):
    # In a process of its own: the client forgets to close sockets that are refused.
    script = f"""
from streams.kafka import KafkaSource, parse_properties
KafkaSource(parse_properties("security.protocol=SSL",
            servers=("{kafka_broker.secure_address}",)), ["x"], timeout_s=1)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert "BrokerUnreachableError" in done.stderr
    assert "with ssl.ca.location" in done.stderr


@pytest.mark.kafka
def test_protocol_of_another_port_is_told(kafka_broker):
    configuration = KafkaConfiguration((kafka_broker.secure_address,))
    with pytest.raises(BrokerUnreachableError, match="speak"):
        KafkaSource(configuration, ["x"], timeout_s=1)


def test_broker_that_hangs_up_during_a_login_has_most_likely_refused_it():
    causes = ["KafkaConnectionError: socket disconnected"]
    for protocol, told in [("SASL_SSL", True), ("PLAINTEXT", False)]:
        configuration = KafkaConfiguration(("a:1",), {"security_protocol": protocol})
        error = str(unreachable(configuration, 1.0, causes))
        assert ("most likely it refused the user or the password" in error) == told
        assert causes[0] in error


def test_cause_that_tells_most_goes_first():
    error = unreachable(
        KafkaConfiguration(("a:1",)),
        1.0,
        ["KafkaConnectionError: socket disconnected", "SSLError: WRONG_VERSION_NUMBER"],
    )
    assert "does not speak TLS" in str(error)
