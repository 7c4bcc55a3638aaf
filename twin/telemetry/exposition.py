"""Metrics over HTTP, on this machine only."""

import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from prometheus_client.exposition import CONTENT_TYPE_LATEST

from twin.errors import OptionError
from twin.telemetry.metrics import Reading, render

HOST = "127.0.0.1"
PATH = "/metrics"

Collect = Callable[[], Iterable[Reading]]


class Exposition:
    """Answers who asks for metrics, with readings taken then.

    Nothing is counted for it beforehand: what it costs, it costs when somebody asks.

    Parameters
    ----------
    collect : callable
        Takes the readings, in a thread of its own: it must only look.
    port : int
        Of 127.0.0.1, 0 to 65535; 0: any that is free.

    Attributes
    ----------
    address : str
        ``http://127.0.0.1:PORT/metrics``.

    Raises
    ------
    OptionError
        If the port is taken.

    Examples
    --------
    >>> from urllib.request import urlopen
    >>> taken = [Reading("millstream_outputs_waiting", 3)]
    >>> with Exposition(lambda: taken, port=0) as shown:
    ...     b"millstream_outputs_waiting 3.0" in urlopen(shown.address).read()
    True
    """

    def __init__(self, collect: Collect, *, port: int) -> None:
        try:
            self._server = ThreadingHTTPServer((HOST, port), _handler(collect))
        except OSError as error:
            msg = (
                f"--metrics {port}: cannot be listened on ({error.strerror}); name "
                f"another port, or 0 for any that is free"
            )
            raise OptionError(msg) from error
        self._server.daemon_threads = True
        self.address = f"http://{HOST}:{self._server.server_port}{PATH}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="metrics", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _handler(collect: Collect) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # called so by http.server
            if self.path.partition("?")[0] not in {"/", PATH}:
                self.send_error(404, f"there is only {PATH}")
                return
            body = render(collect())
            self.send_response(200)
            self.send_header("Content-Type", CONTENT_TYPE_LATEST)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: being asked is no event."""

    return Handler
