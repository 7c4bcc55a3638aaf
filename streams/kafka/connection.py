"""Open Kafka clients, and say plainly why that fails."""

import difflib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from kafka.errors import KafkaError as ClientError

from streams.errors import BrokerUnreachableError, KafkaError, TopicNotFoundError
from streams.kafka.configuration import KafkaConfiguration

Client = TypeVar("Client")
_REASONS_MAX = 3


class _Reasons(logging.Handler):
    """Collects what the client logs while it connects: its errors do not say it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message not in self.messages and len(self.messages) < _REASONS_MAX:
            self.messages.append(message)


def open_client(
    make: Callable[..., Client], configuration: KafkaConfiguration, timeout_s: float
) -> Client:
    """Make a Kafka client and wait until a broker has answered it.

    Parameters
    ----------
    make : callable
        A client class of kafka-python, its other arguments bound.
    configuration : KafkaConfiguration
        How to reach the brokers.
    timeout_s : float
        How long to wait for an answer, > 0.

    Returns
    -------
    Client

    Raises
    ------
    BrokerUnreachableError
        If no broker answers in time, or it refuses us; says which and why.
    """
    reasons = _Reasons()
    logger = logging.getLogger("kafka")
    logger.addHandler(reasons)
    try:
        return make(
            bootstrap_servers=list(configuration.servers),
            bootstrap_timeout_ms=int(timeout_s * 1000),
            allow_auto_create_topics=False,
            **configuration.arguments,
        )
    except (ClientError, OSError) as error:
        raise unreachable(configuration, timeout_s, reasons.messages) from error
    finally:
        logger.removeHandler(reasons)


def unreachable(
    configuration: KafkaConfiguration, timeout_s: float, reasons: list[str]
) -> BrokerUnreachableError:
    """Make the error that names the brokers, the reasons and what to look at."""
    protocol = configuration.arguments.get("security_protocol", "PLAINTEXT")
    message = (
        f"Kafka at {', '.join(configuration.servers)}: no broker answered within "
        f"{timeout_s:g} s over {protocol}; is it running, is the address right, does "
        f"that port speak {protocol}"
    )
    if protocol.startswith("SASL"):
        message += ", are user, password and mechanism right"
    message += "?"
    if reasons:
        message += " The client says: " + "; ".join(reasons)
    return BrokerUnreachableError(message)


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
