"""An Apache Kafka of the benchmark's own, on loopback, stopped when it is over."""

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "kafka" / "broker"
LIBRARIES = ROOT / ".cache" / "kafka-libs"
PORTS = 3  # plaintext, controller, and with TLS


@contextmanager
def apache_kafka() -> Iterator[str]:
    """Start a broker; give its address."""
    _ensure_libraries()
    folder = Path(tempfile.mkdtemp(prefix="kafka-"))
    port = _free_ports()
    try:
        _script("start", LIBRARIES, folder, port)
        yield f"127.0.0.1:{port}"
    finally:
        _script("stop", folder)
        shutil.rmtree(folder, ignore_errors=True)


def fill(
    address: str, topic: str, values: Sequence[bytes], keys: Sequence[bytes] | None
) -> None:
    """Make a topic of one partition and write records to it.

    Raises
    ------
    RuntimeError
        If the broker did not take a record.
    """
    from kafka import KafkaProducer  # noqa: PLC0415 - starts a thread
    from kafka.admin import KafkaAdminClient, NewTopic  # noqa: PLC0415

    with closing(KafkaAdminClient(bootstrap_servers=address)) as admin:
        admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    producer = KafkaProducer(
        bootstrap_servers=address, batch_size=1 << 20, linger_ms=50,
        max_request_size=16 << 20,
    )  # fmt: skip
    with closing(producer):
        futures = [
            producer.send(topic, value, key=None if keys is None else keys[row])
            for row, value in enumerate(values)
        ]
        producer.flush()
    if not all(future.succeeded() for future in futures):
        message = f"topic {topic!r}: not every record was written"
        raise RuntimeError(message)


def _ensure_libraries() -> None:
    if not (LIBRARIES / "complete").exists():
        LIBRARIES.mkdir(parents=True, exist_ok=True)
        _script("fetch", LIBRARIES)
        (LIBRARIES / "complete").touch()


def _script(*arguments: object) -> None:
    subprocess.run([str(SCRIPT), *map(str, arguments)], check=True, capture_output=True)


def _free_ports() -> int:
    """Return the first of three free ports in a row."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
        if port + PORTS < 1 << 16 and all(_is_free(port + n) for n in range(PORTS)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) != 0
