import io
import json
import logging

import pytest

from twin.errors import OptionError
from twin.live.notes import note
from twin.telemetry.lines import hidden, log_event, start_logging


@pytest.fixture
def started():
    """Start logging to a text; afterwards everything is as before."""
    root = logging.getLogger()
    names = [None, "millstream", "twin", "streams", "kafka", "forecasting"]
    names += ["optimizer", "urllib3", "asyncio", "numba"]
    levels = {name: logging.getLogger(name).level for name in names}
    handlers = root.handlers[:]

    def start(style="json", level="info"):
        stream = io.StringIO()
        start_logging(style, level, stream)
        return lambda: stream.getvalue().splitlines()

    yield start
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def test_line_is_one_object_with_event_and_fields(started):
    told = started()
    log_event("replay ends", records=7, source="out/log", transport=None)
    (line,) = map(json.loads, told())
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "millstream.replay",
        "event": "replay ends",
        "records": 7,
        "source": "out/log",
        "transport": None,
    }


def test_workers_write_the_same_lines(started):
    told = started()
    note("fenced", level=logging.WARNING, shard=3)
    (line,) = map(json.loads, told())
    assert (line["event"], line["shard"], line["level"]) == ("fenced", 3, "warning")


def test_level_is_ours_and_libraries_speak_from_warnings_on(started):
    told = started("text", "debug")
    logging.getLogger("streams.kafka.source").debug("ours")
    logging.getLogger("kafka.conn").info("theirs")
    logging.getLogger("kafka.conn").warning("broker gone")
    assert told() == [
        "debug: streams.kafka.source: ours",
        "warning: kafka.conn: broker gone",
    ]


@pytest.mark.parametrize("style", ["text", "json"])
def test_secrets_are_never_written(started, style):
    told = started(style)
    log = logging.getLogger("kafka.client")
    log.warning("connect %s", {"sasl_plain_password": "hunter2", "user": "me"})
    log.error("sasl.jaas.config: password='hunter2'")
    log.error("https://me:hunter2@registry:8081/subjects")
    log_event("opened", password="hunter2", basic_auth_user_info="me:hunter2")
    try:
        int("ssl_password=hunter2")
    except ValueError:
        log.exception("refused")
    text = "\n".join(told())
    assert len(told()) >= 5
    assert "hunter2" not in text
    assert "me" in text


@pytest.mark.parametrize(
    "text", ["tokens of 3 kinds", "partition orders-0 stands still", "at 12:30@noon"]
)
def test_what_is_no_secret_stays(text):
    assert hidden(text) == text


def test_starting_twice_writes_once(started):
    started()
    told = started()
    log_event("replay begins")
    assert len(told()) == 1


@pytest.mark.parametrize(("style", "level"), [("xml", "info"), ("json", "loud")])
def test_other_formats_and_levels_are_refused(style, level):
    with pytest.raises(OptionError, match="must be one of"):
        start_logging(style, level)
