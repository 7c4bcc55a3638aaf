"""The client against a server of the test; against a real one in tests/system."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from streams.errors import ForeignSchemaError, RegistryError
from streams.foreign.registry import RegistryClient


class Server(HTTPServer):
    """Answers by path; remembers what it was asked."""

    answers: dict
    asked: list

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Authorization")))
        status, body = self.server.answers.get(self.path, (404, b"{}"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with Server(("127.0.0.1", 0), Handler) as server:
        server.answers, server.asked = {}, []
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_schema_is_asked_for_once_with_the_password(server):
    server.answers["/schemas/ids/7"] = (200, b'{"schema": "\\"int\\""}')
    client = RegistryClient(server.url + "/", user_info="me:secret")
    assert [client.schema(7).text, client.schema(7).kind] == ['"int"', "AVRO"]
    # base64 of me:secret
    assert server.asked == [("/schemas/ids/7", "Basic bWU6c2VjcmV0")]


def test_password_in_the_address_is_used_and_not_shown(server):
    server.answers["/schemas/ids/7"] = (500, b"")
    client = RegistryClient(server.url.replace("//", "//me:secret@"))
    with pytest.raises(RegistryError) as caught:
        client.schema(7)
    assert "secret" not in str(caught.value)
    assert server.asked == [("/schemas/ids/7", "Basic bWU6c2VjcmV0")]


def test_references_are_fetched(server):
    line = {"name": "a/line.proto", "subject": "line value", "version": 3}
    answer = {"schema": "order", "schemaType": "PROTOBUF", "references": [line]}
    server.answers["/schemas/ids/1"] = (200, json.dumps(answer).encode())
    path = "/subjects/line%20value/versions/3"
    server.answers[path] = (200, b'{"schema": "line", "schemaType": "PROTOBUF"}')
    schema = RegistryClient(server.url).schema(1)
    assert schema.references["a/line.proto"].text == "line"


def test_circle_of_references_ends(server):
    itself = {"name": "a", "subject": "a", "version": 1}
    answer = json.dumps({"schema": "x", "references": [itself]}).encode()
    for path in ("/schemas/ids/1", "/subjects/a/versions/1"):
        server.answers[path] = (200, answer)
    with pytest.raises(ForeignSchemaError, match="at most 256"):
        RegistryClient(server.url).schema(1)


def test_unknown_id_is_asked_for_once(server):
    client = RegistryClient(server.url)
    for _ in range(2):
        with pytest.raises(ForeignSchemaError, match=f"id 9: .* {server.url}"):
            client.schema(9)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, b"", r"answers 401 .*basic\.auth\.user\.info"),
        (503, b"", "answers 503"),
        (200, b"<html>", "is the path of the address right"),
        (200, b"[]", "must answer as Confluent's"),
    ],
)
def test_answer_that_is_no_schema_names_the_registry(server, status, body, said):
    server.answers["/schemas/ids/7"] = (status, body)
    with pytest.raises(RegistryError, match=said) as caught:
        RegistryClient(server.url).schema(7)
    assert server.url in str(caught.value)


def test_silence_names_the_address_and_the_way_out(server):
    url = server.url
    server.socket.close()
    with pytest.raises(RegistryError, match=f"{url}.*--schemas DIR"):
        RegistryClient(url, timeout_s=0.2).schema(7)


@pytest.mark.parametrize("url", ["localhost:8081", "file:///etc/passwd", "http://"])
def test_address_that_is_none(url):
    with pytest.raises(ForeignSchemaError, match="must be http://host:port"):
        RegistryClient(url)


def test_certificate_file_that_is_missing():
    with pytest.raises(ForeignSchemaError, match=r"ssl\.ca\.location"):
        RegistryClient("https://localhost", ca_file="/none.pem")
