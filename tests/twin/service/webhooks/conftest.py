import http.server
import threading
from contextlib import suppress

import pytest

from twin.clock import SystemClock
from twin.service.options import WebhookOptions
from twin.service.webhooks import Webhooks


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what it is sent; answers with the statuses it is given, then 200."""

    def __init__(self, context=None):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.context = context
        self.got, self.statuses, self.location = [], [], None
        self.came = threading.Condition()

    def finish_request(self, request, client_address):
        # In a thread of its own, so that a handshake that fails stops nobody else.
        if self.context is None:
            super().finish_request(request, client_address)
            return
        with (
            suppress(OSError),
            self.context.wrap_socket(request, server_side=True) as wrapped,
        ):
            super().finish_request(wrapped, client_address)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/hook?x=1"

    def wait(self, n_messages):
        with self.came:
            assert self.came.wait_for(lambda: len(self.got) >= n_messages, 60.0)
        return self.got


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.came:
            self.server.got.append((self.path, dict(self.headers), body))
            status = self.server.statuses.pop(0) if self.server.statuses else 200
            self.server.came.notify_all()
        self.send_response(status)
        if self.server.location is not None:
            self.send_header("Location", self.server.location)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def make_receiver():
    made = []

    def make(context=None):
        one = Receiver(context)
        threading.Thread(target=one.serve_forever, daemon=True).start()
        made.append(one)
        return one

    yield make
    for one in made:
        one.shutdown()
        one.server_close()


@pytest.fixture
def receiver(make_receiver):
    return make_receiver()


@pytest.fixture
def make_webhooks(tmp_path):
    made = []

    def make(**options):
        chosen = {"backoff_s": 0.01, "timeout_s": 30.0, "to_loopback": True} | options
        one = Webhooks(
            tmp_path / "webhooks", tenant="plant", clock=SystemClock(),
            options=WebhookOptions(**chosen),
        )  # fmt: skip
        made.append(one)
        return one

    yield make
    for one in made:
        one.close()
