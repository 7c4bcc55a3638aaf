"""How to reach Kafka: addresses, and the client properties of Kafka's own tools.

A user who can run Kafka's command-line tools has a ``client.properties`` file. It is
read as it is; a key that is not understood is an error, never silently left out, as it
may be the one that makes the connection safe.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streams.errors import KafkaConfigurationError
from streams.kafka.properties import split_properties

_SCHEME = "kafka://"
_SERVER = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s,/:@]+):(\d{1,5})")
_TOPIC = re.compile(r"[a-zA-Z0-9._-]{1,249}")
_SECRETS = frozenset({"sasl_plain_password", "ssl_password"})
_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_ISOLATIONS = ("read_committed", "read_uncommitted")
# What only a consumer takes: fetching, and the life of a member of a group.
_CONSUMER = frozenset(
    {
        "fetch_max_bytes",
        "fetch_max_wait_ms",
        "fetch_min_bytes",
        "heartbeat_interval_ms",
        "max_partition_fetch_bytes",
        "max_poll_interval_ms",
        "session_timeout_ms",
    }
)
_JAAS_OPTION = re.compile(r"(\w+)\s*=\s*\"((?:[^\"\\]|\\.)*)\"")

_PEM_ONLY = "only PEM files are read: convert the store and name it with {}"
_OURS = "is decided here and cannot be set"
_UNSUPPORTED = {
    "acks": _OURS,
    "auto.offset.reset": _OURS,
    "enable.auto.commit": _OURS,
    "enable.idempotence": _OURS,
    "key.deserializer": "records are read as bytes",
    "key.serializer": "records are written as bytes",
    "max.poll.records": _OURS,
    "value.deserializer": "records are read as bytes",
    "value.serializer": "records are written as bytes",
    "ssl.keystore.password": _PEM_ONLY.format("ssl.certificate.location"),
    "ssl.truststore.password": _PEM_ONLY.format("ssl.ca.location"),
}


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """Brokers and topics out of ``kafka://host:port[,host:port]/topic[,topic]``.

    Attributes
    ----------
    servers : tuple of str
        Each ``host:port``; empty if a properties file must name them.
    topics : tuple of str
        At least one.
    """

    servers: tuple[str, ...]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class KafkaConfiguration:
    """How to reach the brokers. Its text never shows a secret.

    Parameters
    ----------
    servers : tuple of str
        Each ``host:port``; at least one.
    arguments : Mapping of str to object
        Further arguments of the Kafka client, for source and sink alike.
    consumer_arguments : Mapping of str to object
        Further arguments for sources only.
    group_id : str or None
        The consumer group, for sources that are members of one.
    isolation_level : {"read_committed", "read_uncommitted"}
        Whether sources leave out what aborted transactions wrote.

    Raises
    ------
    KafkaConfigurationError
        If there is no server, one is no ``host:port``, or there is no such isolation.

    Examples
    --------
    >>> KafkaConfiguration(("localhost:9092",), {"sasl_plain_password": "x"})
    KafkaConfiguration(localhost:9092, sasl_plain_password=<hidden>)
    """

    servers: tuple[str, ...]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    consumer_arguments: Mapping[str, Any] = field(default_factory=dict)
    group_id: str | None = None
    isolation_level: str = _ISOLATIONS[0]

    def __post_init__(self) -> None:
        if self.isolation_level not in _ISOLATIONS:
            msg = (
                f"isolation.level: must be one of {', '.join(_ISOLATIONS)}, was "
                f"{self.isolation_level!r}"
            )
            raise KafkaConfigurationError(msg)
        if not self.servers:
            raise KafkaConfigurationError(
                "no broker named: write kafka://host:port/topic, or set "
                "bootstrap.servers in the properties"
            )
        for server in self.servers:
            _check_server(server)

    def __repr__(self) -> str:
        shown = [
            f"{name}={'<hidden>' if name in _SECRETS else repr(value)}"
            for name, value in sorted(
                {**self.arguments, **self.consumer_arguments}.items()
            )
        ]
        return f"KafkaConfiguration({', '.join([*self.servers, *shown])})"


def parse_address(text: str) -> KafkaAddress:
    """Read ``kafka://host:port[,host:port]/topic[,topic]``.

    Parameters
    ----------
    text : str
        ``kafka:///topic`` leaves the brokers to a properties file.

    Returns
    -------
    KafkaAddress

    Raises
    ------
    KafkaConfigurationError
        If it has another form.

    Examples
    --------
    >>> parse_address("kafka://localhost:9092/orders,machines").topics
    ('orders', 'machines')
    """
    servers, slash, topics = text.removeprefix(_SCHEME).partition("/")
    if not text.startswith(_SCHEME) or not slash or not topics:
        # Not shown as it is: a password may have been written into it.
        raise KafkaConfigurationError(
            "a Kafka address must be kafka://host:port[,host:port]/topic[,topic]"
        )
    found = KafkaAddress(
        servers=tuple(servers.split(",")) if servers else (),
        topics=tuple(dict.fromkeys(topics.split(","))),
    )
    for server in found.servers:
        _check_server(server)
    for topic in found.topics:
        if not _TOPIC.fullmatch(topic):
            msg = f"topic {topic!r}: must be 1 to 249 of letters, digits, '.', '_', '-'"
            raise KafkaConfigurationError(msg)
    return found


def _check_server(server: str) -> None:
    if "@" in server:
        raise KafkaConfigurationError(
            "a broker must be host:port; user and password belong into the "
            "properties, as sasl.username and sasl.password"
        )
    match = _SERVER.fullmatch(server)
    if not match or not 0 < int(match[2]) < 1 << 16:
        msg = f"broker {server!r}: must be host:port, for example localhost:9092"
        raise KafkaConfigurationError(msg)


def read_properties(
    path: Path | None, *, servers: tuple[str, ...] = ()
) -> KafkaConfiguration:
    """Read a ``client.properties`` file.

    Parameters
    ----------
    path : Path or None
        The file; None: no properties.
    servers : tuple of str
        Brokers of an address; they go before ``bootstrap.servers`` of the file.

    Returns
    -------
    KafkaConfiguration

    Raises
    ------
    KafkaConfigurationError
        If the file cannot be read, or naming every key that cannot be used.
    """
    if path is None:
        return KafkaConfiguration(servers)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path}: cannot be read: {error}"
        raise KafkaConfigurationError(msg) from error
    return parse_properties(text, servers=servers, name=str(path))


def parse_properties(
    text: str, *, servers: tuple[str, ...] = (), name: str = "properties"
) -> KafkaConfiguration:
    r"""Read the text of a ``client.properties`` file.

    Parameters
    ----------
    text : str
        In Java's properties format.
    servers : tuple of str
        Brokers of an address; they go before ``bootstrap.servers`` of the text.
    name : str
        What to call it in errors.

    Returns
    -------
    KafkaConfiguration

    Raises
    ------
    KafkaConfigurationError
        Naming every key that cannot be used; values that may be secret are not shown.

    Examples
    --------
    >>> text = "bootstrap.servers=a:9092\nsecurity.protocol=SSL"
    >>> parse_properties(text)
    KafkaConfiguration(a:9092, security_protocol='SSL')
    """
    arguments: dict[str, Any] = {}
    problems: list[str] = []
    for key, value in split_properties(text).items():
        try:
            arguments |= _translate(key, value)
        except ValueError as error:
            problems.append(f"{key}: {error}")
    named = arguments.pop("bootstrap_servers", ())
    of_readers = {
        key: arguments.pop(key)
        for key in ("group_id", "isolation_level")
        if key in arguments
    }
    problems += _conflicts(arguments)
    if problems:
        msg = f"{name}: " + f"\n{name}: ".join(problems)
        raise KafkaConfigurationError(msg)
    return KafkaConfiguration(
        servers or named,
        {key: arguments[key] for key in arguments if key not in _CONSUMER},
        {key: arguments[key] for key in arguments if key in _CONSUMER},
        **of_readers,
    )


def _translate(key: str, value: str) -> dict[str, Any]:
    """Turn one property into arguments, or raise ValueError with what is wrong."""
    if key in _UNSUPPORTED:
        raise ValueError(_UNSUPPORTED[key])
    if key not in _TRANSLATIONS:
        near = difflib.get_close_matches(key, _TRANSLATIONS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        msg = f"is not known{hint}"
        raise ValueError(msg)
    return _TRANSLATIONS[key](value)


def _as(argument: str, convert: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda value: {argument: convert(value)}


def _name(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


def _isolation(value: str) -> str:
    if value.lower() not in _ISOLATIONS:
        msg = f"must be one of {', '.join(_ISOLATIONS)}, was {value!r}"
        raise ValueError(msg)
    return value.lower()


def _one_of(*allowed: str) -> Callable[[str], str]:
    def convert(value: str) -> str:
        if value.upper() not in allowed:
            msg = f"must be one of {', '.join(allowed)}, was {value!r}"
            raise ValueError(msg)
        return value.upper()

    return convert


def _whole(value: str) -> int:
    if not value.isdecimal():
        msg = f"must be a whole number >= 0, was {value!r}"
        raise ValueError(msg)
    return int(value)


def _file(value: str) -> str:
    if not Path(value).is_file():
        msg = f"must name a file, was {value!r}"
        raise ValueError(msg)
    return value


def _pem(value: str) -> dict[str, Any]:
    if value.upper() != "PEM":
        msg = f"must be PEM, was {value!r}: convert the store"
        raise ValueError(msg)
    return {}


def _identification(value: str) -> dict[str, Any]:
    if value.lower() not in {"https", "none", ""}:
        msg = f"must be https, or empty to trust any host name, was {value!r}"
        raise ValueError(msg)
    return {"ssl_check_hostname": value.lower() == "https"}


def _jaas(value: str) -> dict[str, Any]:
    if not re.search(r"\b(Plain|Scram)LoginModule\b", value):
        raise ValueError("must be of a PlainLoginModule or a ScramLoginModule")
    options = dict(_JAAS_OPTION.findall(value))
    if not {"username", "password"} <= options.keys():
        raise ValueError('must have username="..." and password="..."')
    return {
        "sasl_plain_username": re.sub(r"\\(.)", r"\1", options["username"]),
        "sasl_plain_password": re.sub(r"\\(.)", r"\1", options["password"]),
    }


_TRANSLATIONS: dict[str, Callable[[str], dict[str, Any]]] = {
    "bootstrap.servers": lambda value: {
        "bootstrap_servers": tuple(one.strip() for one in value.split(",") if one)
    },
    "client.id": _as("client_id", str),
    "client.rack": _as("client_rack", str),
    "connections.max.idle.ms": _as("connections_max_idle_ms", _whole),
    "fetch.max.bytes": _as("fetch_max_bytes", _whole),
    "fetch.max.wait.ms": _as("fetch_max_wait_ms", _whole),
    "fetch.min.bytes": _as("fetch_min_bytes", _whole),
    "group.id": _as("group_id", _name),
    "heartbeat.interval.ms": _as("heartbeat_interval_ms", _whole),
    "isolation.level": _as("isolation_level", _isolation),
    "max.partition.fetch.bytes": _as("max_partition_fetch_bytes", _whole),
    "max.poll.interval.ms": _as("max_poll_interval_ms", _whole),
    "metadata.max.age.ms": _as("metadata_max_age_ms", _whole),
    "reconnect.backoff.max.ms": _as("reconnect_backoff_max_ms", _whole),
    "reconnect.backoff.ms": _as("reconnect_backoff_ms", _whole),
    "request.timeout.ms": _as("request_timeout_ms", _whole),
    "retry.backoff.ms": _as("retry_backoff_ms", _whole),
    "sasl.jaas.config": _jaas,
    "sasl.mechanism": _as("sasl_mechanism", _one_of(*_MECHANISMS)),
    "sasl.mechanisms": _as("sasl_mechanism", _one_of(*_MECHANISMS)),
    "sasl.password": _as("sasl_plain_password", str),
    "sasl.username": _as("sasl_plain_username", str),
    "session.timeout.ms": _as("session_timeout_ms", _whole),
    "security.protocol": _as("security_protocol", _one_of(*_PROTOCOLS)),
    "ssl.ca.location": _as("ssl_cafile", _file),
    "ssl.certificate.location": _as("ssl_certfile", _file),
    "ssl.crl.location": _as("ssl_crlfile", _file),
    "ssl.endpoint.identification.algorithm": _identification,
    "ssl.key.location": _as("ssl_keyfile", _file),
    "ssl.key.password": _as("ssl_password", str),
    "ssl.keystore.location": _as("ssl_certfile", _file),
    "ssl.keystore.type": _pem,
    "ssl.truststore.location": _as("ssl_cafile", _file),
    "ssl.truststore.type": _pem,
}


def _conflicts(arguments: Mapping[str, Any]) -> list[str]:
    protocol = arguments.get("security_protocol", "PLAINTEXT")
    sasl = {"sasl_mechanism", "sasl_plain_username", "sasl_plain_password"}
    found = []
    if protocol.startswith("SASL"):
        names = {
            "sasl_mechanism": "sasl.mechanism",
            "sasl_plain_username": "sasl.username",
            "sasl_plain_password": "sasl.password",
        }
        found += [
            f"{name}: must be set for security.protocol {protocol}"
            for argument, name in names.items()
            if argument not in arguments
        ]
    elif sasl & arguments.keys():
        found.append(
            "security.protocol: must be SASL_SSL or SASL_PLAINTEXT if sasl.* is set, "
            f"was {protocol}"
        )
    if not protocol.endswith("SSL") and any(a.startswith("ssl_") for a in arguments):
        found.append(
            "security.protocol: must be SSL or SASL_SSL if ssl.* is set, "
            f"was {protocol}"
        )
    return found
