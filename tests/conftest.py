"""What several tests share: the public data, and an Apache Kafka of their own."""

import fcntl
import gc
import os
import shutil
import socket
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent
TOPIC_NUMBERS = count()
BROKER = ROOT / "tests" / "kafka" / "broker"
REGISTRY = ROOT / "tests" / "kafka" / "registry"

# How long an example takes says more about the machine than about what is tested.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def missing(reason: str) -> NoReturn:
    """Skip on a user's machine; under CI everything a test needs must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true: {reason}", pytrace=False)
    pytest.skip(reason)


TRIES = 5


@pytest.fixture(scope="session")
def in_time() -> Callable[[Callable[[], object], float], object]:
    """Do some work in so many seconds; return its answer.

    Other work of the machine adds to a time and never takes from it: the least of five
    is what the work itself needs.
    """

    def done(work: Callable[[], object], seconds: float) -> object:
        took_s: list[float] = []
        while len(took_s) < TRIES:
            begun_s = time.monotonic()
            answer = work()
            took_s.append(time.monotonic() - begun_s)
            if took_s[-1] <= seconds:
                return answer
        pytest.fail(f"seconds {took_s}; allowed: at most {seconds}")

    return done


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests with a broker in one process, so that a run starts one broker."""
    for item in items:
        if item.get_closest_marker("kafka"):
            item.add_marker(pytest.mark.xdist_group("kafka"))
            # Kafka's client leaves the socket of a broker that went away to the
            # collector, which comes when it likes.
            left_open = "ignore:unclosed <socket:ResourceWarning"
            item.add_marker(pytest.mark.filterwarnings(left_open))


@pytest.fixture(autouse=True)
def sockets_collected(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collect what Kafka's client left, before a test that asks for no leaks."""
    yield
    if request.node.get_closest_marker("kafka"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


@pytest.fixture(scope="session")
def public_data() -> Path:
    """Folder with the public instances and logs: see benchmarks/README.md."""
    named = os.environ.get("MILLSTREAM_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        missing(f"no public data in {folder}: set MILLSTREAM_DATA")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Headless Chromium; it ends with the module, as its event loop must not stay."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing("the page's test needs chromium, which is not installed")
    with sync_playwright() as playwright:
        # A container has no user that Chromium would trust with its sandbox.
        started = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-quic"]
        )
        yield started
        started.close()


@dataclass(frozen=True)
class KafkaBroker:
    """A running broker.

    `address` is plaintext; `secure_address` speaks SASL_SSL with SCRAM-SHA-512 for the
    user "twin" with the password "twin-secret", and is trusted through `ca_file`.
    """

    folder: Path
    port: int

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def secure_address(self) -> str:
        return f"127.0.0.1:{self.port + 2}"

    @property
    def ca_file(self) -> Path:
        return self.folder / "tls" / "ca.pem"


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """One Apache Kafka for the whole run, stopped by its process id."""
    for program in ("java", "mvn", "openssl"):
        if not shutil.which(program):
            missing(f"the tests' Apache Kafka needs {program}, which is not installed")
    libraries = fetch_kafka()
    broker = KafkaBroker(tmp_path_factory.mktemp("kafka"), free_ports(3))
    started = run_broker("start", libraries, broker.folder, broker.port)
    if started.returncode:
        pytest.fail(f"Apache Kafka did not start:\n{started.stderr}", pytrace=False)
    yield broker
    run_broker("stop", broker.folder)


@pytest.fixture
def kafka_topic(kafka_broker: KafkaBroker) -> Callable[..., str]:
    """Make topics: `kafka_topic("orders", n_partitions=2)` returns its full name."""
    from kafka.admin import KafkaAdminClient, NewTopic  # noqa: PLC0415

    def make(name: str, *, n_partitions: int = 1) -> str:
        admin = KafkaAdminClient(bootstrap_servers=kafka_broker.address)
        full_name = f"{name}-{next(TOPIC_NUMBERS)}"  # tests share the broker
        topic = NewTopic(full_name, num_partitions=n_partitions, replication_factor=1)
        try:
            admin.create_topics([topic])
        finally:
            admin.close()
        return full_name

    return make


@pytest.fixture(scope="session")
def schema_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of one schema registry for the whole run, stopped by its process id."""
    for program in ("java", "mvn", "curl"):
        if not shutil.which(program):
            missing(f"the tests' schema registry needs {program}")
    libraries = fetch_libraries("registry-libs", REGISTRY)
    folder, port = tmp_path_factory.mktemp("registry"), free_ports(1)
    command = [str(REGISTRY), "start", str(libraries), str(folder), str(port)]
    # Its descriptors are files: a pipe would stay open as long as the server runs.
    with (folder / "start.log").open("w") as log:
        started = subprocess.run(command, stdout=log, stderr=log, check=False)
    if started.returncode:
        said = (folder / "start.log").read_text()
        pytest.fail(f"the schema registry did not start:\n{said}", pytrace=False)
    yield f"http://127.0.0.1:{port}/apis/ccompat/v7"
    subprocess.run([str(REGISTRY), "stop", str(folder)], check=False)


def fetch_kafka() -> Path:
    """Return the folder with Kafka's jars; the first run brings them, through Maven."""
    return fetch_libraries("kafka-libs", BROKER)


def fetch_libraries(name: str, script: Path) -> Path:
    """Return a folder in the cache that a script fetched; the first run fetches it."""
    cache = ROOT / ".cache"
    libraries, lock = cache / name, cache / f"{name}.lock"
    cache.mkdir(exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # parallel workers fetch once
        if not (libraries / "complete").exists():
            command = [str(script), "fetch", str(libraries)]
            fetched = subprocess.run(
                command, capture_output=True, text=True, check=False
            )
            if fetched.returncode:
                missing(f"Maven could not fetch {name}:\n{fetched.stdout}")
            (libraries / "complete").touch()
    return libraries


def run_broker(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(BROKER), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def free_ports(n_ports: int) -> int:
    """Return the first of so many free ports in a row."""
    for _ in range(100):
        sockets = [socket.socket() for _ in range(n_ports)]
        try:
            sockets[0].bind(("127.0.0.1", 0))
            first = sockets[0].getsockname()[1]
            for index, one in enumerate(sockets[1:], 1):
                one.bind(("127.0.0.1", first + index))
        except (OSError, OverflowError):
            continue
        else:
            return first
        finally:
            for one in sockets:
                one.close()
    pytest.fail(f"found no {n_ports} free ports in a row")
