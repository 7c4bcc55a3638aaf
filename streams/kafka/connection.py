"""Open Kafka clients, and say plainly why that fails."""

import difflib
import logging
import re
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from kafka.errors import KafkaError as ClientError

from streams.errors import BrokerUnreachableError, KafkaError, TopicNotFoundError
from streams.kafka.configuration import KafkaConfiguration

Client = TypeVar("Client")
# A log record ends with the name of an error and its text, at times in brackets or
# followed by how long the client waits.
_CAUSE = re.compile(r"(\w+Error: .*?)\)?(?: \(backoff [^)]*\))?$", re.DOTALL)
_CAUSES_MAX = 100
_CAUSES_SHOWN = 3
# What a part of a cause means to the user, the most telling first: a broker that
# refuses a password also just hangs up at times.
_ADVICE = {
    "AuthenticationFailed": "it refused the user or the password",
    "UnsupportedSaslMechanism": "it does not take this sasl.mechanism",
    "CERTIFICATE_VERIFY_FAILED": (
        "its certificate is not trusted: name the authority that signed it with "
        "ssl.ca.location"
    ),
    "WRONG_VERSION_NUMBER": "that port does not speak TLS: see security.protocol",
    "Invalid frame length": "that port speaks something else: see security.protocol",
}
# A broker often hangs up on a wrong password before its reason was read.
_HUNG_UP = "socket disconnected"
# Between two tries to connect: a broker that is just starting is soon seen.
_TRY_AGAIN_S = 0.1


class _Reasons(logging.Handler):
    """Collects what the client logs while it connects: its errors do not say it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.causes: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        found = _CAUSE.search(record.getMessage())
        if found and found[1] not in self.causes and len(self.causes) < _CAUSES_MAX:
            self.causes.append(found[1])


def open_client(
    client_class: Callable[..., Client],
    configuration: KafkaConfiguration,
    *,
    timeout_s: float,
    **arguments: object,
) -> Client:
    """Make a Kafka client and wait until a broker has answered it.

    Parameters
    ----------
    client_class : type
        A consumer or producer of kafka-python.
    configuration : KafkaConfiguration
        How to reach the brokers.
    timeout_s : float
        How long to wait for an answer, > 0.
    **arguments : object
        Further ones of the client.

    Returns
    -------
    Client

    Raises
    ------
    BrokerUnreachableError
        If no broker answers in time, or it refuses us; says which and why.
    """
    _wait_for_listener(configuration, timeout_s)
    known = client_class.DEFAULT_CONFIG  # type: ignore[attr-defined]
    of_consumer = configuration.consumer_arguments.items()
    # What the user has set goes before what is set here.
    arguments |= {key: value for key, value in of_consumer if key in known}
    if "allow_auto_create_topics" in known:
        arguments["allow_auto_create_topics"] = False
    reasons = _Reasons()
    logger = logging.getLogger("kafka")
    logger.addHandler(reasons)
    try:
        return _connected(client_class, configuration, timeout_s, arguments)
    except (ClientError, OSError) as error:
        raise unreachable(configuration, timeout_s, reasons.causes) from error
    finally:
        logger.removeHandler(reasons)


def _connected(
    client_class: Callable[..., Client],
    configuration: KafkaConfiguration,
    timeout_s: float,
    arguments: Mapping[str, object],
) -> Client:
    """Make a client; one that cannot begin leaves its thread and its sockets to us."""
    connections: list[Any] = []
    make_connections = client_class.DEFAULT_CONFIG["kafka_client"]  # type: ignore[attr-defined]

    def remember(**given: object) -> object:
        connections.append(make_connections(**given))
        return connections[-1]

    try:
        return client_class(
            bootstrap_servers=list(configuration.servers),
            bootstrap_timeout_ms=int(timeout_s * 1000),
            kafka_client=remember,
            **configuration.arguments,
            **arguments,
        )
    except (ClientError, OSError):
        for connection in connections:
            connection.close()
        raise


def _wait_for_listener(configuration: KafkaConfiguration, timeout_s: float) -> None:
    """Wait until one of the brokers takes a connection.

    The client would wait too, but tells a wrong name from a refused connection or a
    refused password only in its log.
    """
    end_s = time.monotonic() + timeout_s
    while True:
        causes = []
        for server in configuration.servers:
            host, _, port = server.rpartition(":")
            try:
                socket.create_connection(
                    (host.strip("[]"), int(port)), timeout_s
                ).close()
            except OSError as error:
                causes.append(f"{server}: {error.strerror or error}")
            else:
                return
        if time.monotonic() + _TRY_AGAIN_S > end_s:
            raise unreachable(configuration, timeout_s, causes)
        time.sleep(_TRY_AGAIN_S)


def unreachable(
    configuration: KafkaConfiguration, timeout_s: float, causes: list[str]
) -> BrokerUnreachableError:
    """Make the error that names the brokers, the cause and what to look at.

    Parameters
    ----------
    configuration : KafkaConfiguration
        How it was tried.
    timeout_s : float
        How long it was tried.
    causes : list of str
        What was seen meanwhile.

    Returns
    -------
    BrokerUnreachableError
    """
    servers = ", ".join(configuration.servers)
    protocol = configuration.arguments.get("security_protocol", "PLAINTEXT")
    for part, advice in _ADVICE.items():
        for cause in causes:
            if part in cause:
                msg = f"Kafka at {servers} over {protocol}: {advice} ({cause})"
                return BrokerUnreachableError(msg)
    if protocol.startswith("SASL") and any(_HUNG_UP in cause for cause in causes):
        msg = (
            f"Kafka at {servers} over {protocol}: it hung up; most likely it refused "
            f"the user or the password, or that port does not speak {protocol} "
            f"({'; '.join(causes[:_CAUSES_SHOWN])})"
        )
        return BrokerUnreachableError(msg)
    msg = (
        f"Kafka at {servers}: no broker answered within {timeout_s:g} s over "
        f"{protocol}; is it running, is the address right, does that port speak "
        f"{protocol}?"
    )
    seen = f" ({'; '.join(causes[:_CAUSES_SHOWN])})" if causes else ""
    return BrokerUnreachableError(msg + seen)


@contextmanager
def translated(configuration: KafkaConfiguration, doing: str) -> Iterator[None]:
    """Turn errors of the client inside the block into ours.

    Parameters
    ----------
    configuration : KafkaConfiguration
        For the name of the brokers.
    doing : str
        What was tried, for the message.

    Raises
    ------
    KafkaError
        In place of any error of the client.
    """
    try:
        yield
    except ClientError as error:
        msg = (
            f"Kafka at {', '.join(configuration.servers)}: {doing} failed: "
            f"{type(error).__name__}: {error}"
        )
        raise KafkaError(msg) from error


def topic_not_found(topic: str, existing: set[str], server: str) -> TopicNotFoundError:
    """Make the error that names a missing topic and those most like it."""
    near = difflib.get_close_matches(topic, sorted(existing), n=3)
    hint = f"; there is {', '.join(near)}" if near else ""
    return TopicNotFoundError(f"topic {topic!r}: not on Kafka at {server}{hint}")
