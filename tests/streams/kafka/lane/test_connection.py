import socket
import threading
import time

import pytest

from streams.errors import BrokerUnreachableError, LaneUnavailableError
from streams.kafka.lane.connection import Connection
from streams.kafka.lane.requests import metadata_request, parse_metadata


@pytest.fixture
def connect():
    opened = []

    def make(broker, timeout_s=5.0):
        opened.append(Connection("127.0.0.1", broker.port, timeout_s))
        return opened[-1]

    yield make
    for connection in opened:
        connection.close()


def test_questions_are_answered_in_their_order(scripted, connect):
    broker = scripted()
    connection = connect(broker)
    for topic, expected in [("t", ("t", 0)), ("u", ("u", -1))]:
        answer = connection.ask(lambda n, topic=topic: metadata_request(n, [topic]))
        assert list(parse_metadata(answer)) == [expected]


def test_silence_and_refusal_are_told(scripted, connect):
    broker = scripted()
    connection = connect(broker, 0.1)
    begun_s = time.monotonic()
    with pytest.raises(BrokerUnreachableError, match="no answer in time"):
        connection.answer_length()
    assert 0.05 < time.monotonic() - begun_s < 3
    broker.close()
    with pytest.raises(BrokerUnreachableError, match=f"{broker.port}: .*refused"):
        connect(broker)


def test_listener_that_hangs_up_is_left_to_other_transports():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up():
            connection, _ = listener.accept()
            connection.recv(4)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(LaneUnavailableError, match="does not answer in plaintext"):
            Connection("127.0.0.1", listener.getsockname()[1], 5.0)
        thread.join()


def test_closing_ends_a_read_in_another_thread(scripted, connect):
    connection = connect(scripted())
    seen = []

    def read():
        try:
            connection.answer_length()
        except BrokerUnreachableError as error:
            seen.append(str(error))

    thread = threading.Thread(target=read)
    thread.start()
    time.sleep(0.05)
    connection.close()
    thread.join(60)
    assert not thread.is_alive()
    assert len(seen) == 1
