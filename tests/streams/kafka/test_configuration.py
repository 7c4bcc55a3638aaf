import pytest

from streams.errors import KafkaConfigurationError
from streams.kafka import (
    KafkaAddress,
    KafkaConfiguration,
    parse_address,
    parse_properties,
    read_properties,
)

SASL = """
security.protocol=SASL_PLAINTEXT
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \\
  username="twin" password="top\\\\"secret";
"""


@pytest.mark.parametrize(
    ("text", "servers", "topics"),
    [
        ("kafka://localhost:9092/orders", ("localhost:9092",), ("orders",)),
        ("kafka://a:1,b:2/x,y,x", ("a:1", "b:2"), ("x", "y")),
        ("kafka:///orders", (), ("orders",)),
        ("kafka://[::1]:9092/a.b_c-1", ("[::1]:9092",), ("a.b_c-1",)),
    ],
)
def test_address_gives_servers_and_topics(text, servers, topics):
    assert parse_address(text) == KafkaAddress(servers, topics)


@pytest.mark.parametrize(
    "text",
    [
        "localhost:9092/orders",
        "kafka://localhost:9092",
        "kafka://localhost:9092/",
        "kafka://localhost/orders",
        "kafka://localhost:99999/orders",
        "kafka://localhost:0/orders",
        "kafka://a:1,/orders",
        "kafka://a:1/or ders",
        "kafka://a:1/orders,",
    ],
)
def test_address_of_another_form_is_refused(text):
    with pytest.raises(KafkaConfigurationError, match="must be"):
        parse_address(text)


def test_password_in_an_address_is_refused_and_not_shown():
    with pytest.raises(KafkaConfigurationError, match="belong into the") as caught:
        parse_address("kafka://twin:s3cret@host:9092/orders")
    assert "s3cret" not in str(caught.value)


def test_properties_become_arguments_of_the_client(tmp_path):
    (tmp_path / "ca.pem").touch()
    text = f"""
        bootstrap.servers = a:9092, b:9093
        client.id = twin
        security.protocol = sasl_ssl
        sasl.mechanisms = PLAIN
        sasl.username = u
        sasl.password = p
        ssl.truststore.type = PEM
        ssl.truststore.location = {tmp_path}/ca.pem
        ssl.endpoint.identification.algorithm =
        request.timeout.ms = 20000
    """
    found = parse_properties(text)
    assert found.servers == ("a:9092", "b:9093")
    assert found.arguments == {
        "client_id": "twin",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "u",
        "sasl_plain_password": "p",
        "ssl_cafile": f"{tmp_path}/ca.pem",
        "ssl_check_hostname": False,
        "request_timeout_ms": 20000,
    }


def test_properties_of_readers_are_kept_apart_from_those_of_all_clients():
    found = parse_properties(
        """
        bootstrap.servers = a:9092
        group.id = twins
        isolation.level = READ_UNCOMMITTED
        fetch.max.bytes = 1000
        max.partition.fetch.bytes = 100
        max.poll.interval.ms = 60000
        session.timeout.ms = 9000
        heartbeat.interval.ms = 500
        """
    )
    assert found.arguments == {}
    assert found.group_id == "twins"
    assert found.isolation_level == "read_uncommitted"
    assert found.consumer_arguments == {
        "fetch_max_bytes": 1000,
        "max_partition_fetch_bytes": 100,
        "max_poll_interval_ms": 60000,
        "session_timeout_ms": 9000,
        "heartbeat_interval_ms": 500,
    }
    assert "fetch_max_bytes=1000" in repr(found)


def test_reading_is_committed_and_without_a_group_unless_told():
    found = parse_properties("bootstrap.servers=a:9092")
    assert (found.group_id, found.isolation_level) == (None, "read_committed")
    with pytest.raises(KafkaConfigurationError, match="must be one of read_comm"):
        KafkaConfiguration(("a:9092",), isolation_level="none")


def test_user_and_password_of_a_jaas_entry_are_read_and_hidden():
    found = parse_properties(SASL, servers=("a:9092",))
    assert found.arguments["sasl_plain_username"] == "twin"
    assert found.arguments["sasl_plain_password"] == 'top"secret'
    assert "secret" not in repr(found)
    assert "sasl_plain_password=<hidden>" in repr(found)


def test_servers_of_the_address_go_before_those_of_the_file():
    found = parse_properties("bootstrap.servers=file:9092", servers=("address:9092",))
    assert found.servers == ("address:9092",)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("secruity.protocol=SSL", "secruity.protocol: is not known; did you mean secu"),
        ("group.id=", "group.id: must not be empty"),
        ("isolation.level=none", "must be one of read_committed, read_uncommitted"),
        ("fetch.min.bytes=-1", "fetch.min.bytes: must be a whole number >= 0, was '-1"),
        ("max.poll.records=5", "max.poll.records: is decided here"),
        ("ssl.truststore.password=s3cret", "only PEM files are read"),
        ("ssl.truststore.type=JKS", "must be PEM, was 'JKS'"),
        ("security.protocol=TLS", "must be one of PLAINTEXT, SSL, SASL_PLAIN"),
        ("sasl.mechanism=GSSAPI", "must be one of PLAIN, SCRAM-SHA-256, SCRAM"),
        ("request.timeout.ms=soon", "must be a whole number >= 0, was 'soon'"),
        ("ssl.ca.location=/nowhere", "must name a file, was '/nowhere'"),
        ("sasl.jaas.config=Krb5LoginModule x=s3cret;", "of a PlainLoginModule"),
        ("sasl.jaas.config=PlainLoginModule required;", "must have username="),
        ("ssl.endpoint.identification.algorithm=dns", "must be https, or empty"),
        ("sasl.password=s3cret", "must be SASL_SSL or SASL_PLAINTEXT if sasl"),
        ("ssl.key.password=s3cret", "must be SSL or SASL_SSL if ssl"),
        ("security.protocol=SASL_SSL", "sasl.username: must be set for security"),
    ],
)
def test_property_that_cannot_be_used_is_named_and_no_secret_shown(line, message):
    with pytest.raises(KafkaConfigurationError, match=message) as caught:
        parse_properties(f"bootstrap.servers=a:9092\n{line}", name="c.properties")
    assert str(caught.value).startswith("c.properties: ")
    assert "s3cret" not in str(caught.value)


def test_all_problems_of_a_file_are_named_at_once():
    with pytest.raises(KafkaConfigurationError) as caught:
        parse_properties("nonsense=1\nacks=0\nrequest.timeout.ms=x")
    assert len(str(caught.value).splitlines()) == 3


def test_file_is_read_and_named_in_errors(tmp_path):
    path = tmp_path / "client.properties"
    with pytest.raises(KafkaConfigurationError, match="cannot be read"):
        read_properties(path)
    path.write_text("bootstrap.servers=a:9092")
    assert read_properties(path).servers == ("a:9092",)
    assert read_properties(None, servers=("b:1",)).arguments == {}


def test_configuration_without_a_server_is_refused():
    with pytest.raises(KafkaConfigurationError, match="no broker named"):
        read_properties(None)
    with pytest.raises(KafkaConfigurationError, match="must be host:port"):
        KafkaConfiguration(("localhost",))
