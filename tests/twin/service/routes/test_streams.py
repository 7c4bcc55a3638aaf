import asyncio
import json
from http import HTTPStatus

from twin.service.access import Caller
from twin.service.places import Asked
from twin.service.problems import ProblemError
from twin.service.routes import streams
from twin.service.routes.streams import _pushed


def test_progress_counts_what_was_read(client, key_of, order, folded):
    headers = key_of("read", "write")
    client.post("/v1/events", json=order(1), headers=headers)
    folded()
    found = client.get("/v1/streams", headers=headers).json()
    assert (found["read"], found["behind"]) == (1, 0)
    assert found["position"] == {"log/0": 1}
    assert found["latest_us"] == 1_767_600_000_000_000


def test_one_site_learns_nothing_of_how_much_comes(client, key_of, order, folded):
    client.post("/v1/events", json=order(1), headers=key_of("write"))
    folded()
    headers = key_of("read", sites=["dc_north"])
    found = client.get("/v1/streams", headers=headers).json()
    assert found["watermark_us"] is not None
    assert (found["read"], found["behind"], found["position"]) == (None, None, {})


def test_dead_letters_are_the_latest_first_and_in_pieces(client, key_of, folded):
    headers = key_of("read", "write")
    for text in (b"first", b"second", b"\xff third"):
        lines = {**headers, "content-type": "application/x-ndjson"}
        client.post("/v1/events", content=text, headers=lines)
    folded()
    found = client.get("/v1/deadletters?first=1&rows=1", headers=headers).json()
    assert found["total"] == 3
    assert [one["raw"] for one in found["letters"]] == ["second"]
    latest = client.get("/v1/deadletters?rows=1", headers=headers).json()
    assert latest["letters"][0]["raw"] == "\ufffd third"
    assert not latest["letters"][0]["raw_cut"]


def test_dead_letter_tells_that_it_is_shown_in_part(client, key_of, folded):
    headers = key_of("read", "write")
    lines = {**headers, "content-type": "application/x-ndjson"}
    for n_bytes in (2_000, 2_001):
        client.post("/v1/events", content=b"x" * n_bytes, headers=lines)
    folded()
    found = client.get("/v1/deadletters", headers=headers).json()["letters"]
    assert [one["raw_cut"] for one in found] == [True, False]


def test_one_site_sees_no_letters_of_all(client, key_of):
    headers = key_of("read", sites=["dc_west"])
    assert client.get("/v1/deadletters", headers=headers).status_code == 403
    assert client.get("/v1/changes", headers=headers).status_code == 403


class Connected:
    """A request whose client stays."""

    async def is_disconnected(self):
        return False


def asked_of(places, again=lambda: None):
    caller = Caller("x", "default", frozenset({"read"}))
    return Asked(caller, places.tenants["default"], places, again)


def test_changes_are_pushed_with_number_and_topic(places):
    async def run():
        hub = places.tenants["default"].hub
        hub.bind(asyncio.get_running_loop())
        pushed = _pushed(hub, hub.listen("job"), Connected(), asked_of(places))
        first = asyncio.ensure_future(anext(pushed))
        await asyncio.sleep(0)
        hub.tell("progress", 1)
        hub.tell("job", {"id": "j1"})
        told = await asyncio.wait_for(first, 60)
        await pushed.aclose()
        return told, len(hub)

    told, n_left = asyncio.run(run())
    assert told["event"] == "job"
    assert told["id"] == "2"
    assert json.loads(told["data"]) == {"id": "j1"}
    assert n_left == 0


def test_changes_end_with_the_key(places, monkeypatch):
    def ended():
        raise ProblemError(HTTPStatus.UNAUTHORIZED, "key-not-valid", "ended")

    async def run():
        hub = places.tenants["default"].hub
        hub.bind(asyncio.get_running_loop())
        pushed = _pushed(hub, hub.listen(), Connected(), asked_of(places, ended))
        first = asyncio.ensure_future(anext(pushed, None))
        await asyncio.sleep(0)
        hub.tell("progress", 1)
        return await asyncio.wait_for(first, 60), len(hub)

    monkeypatch.setattr(streams, "AGAIN_S", -1.0)
    assert asyncio.run(run()) == (None, 0)


def test_dead_letter_is_mended_fed_in_and_written_down(client, key_of, order, folded):
    headers = key_of("admin")
    lines = {**headers, "content-type": "application/x-ndjson"}
    client.post("/v1/events", content=b"broken", headers=lines)
    folded()
    (letter,) = client.get("/v1/deadletters", headers=headers).json()["letters"]
    assert letter["retried_us"] is None
    path = f"/v1/deadletters/{letter['id']}/retry"
    assert client.post(path, json={}, headers=headers).status_code == 409
    mended = {"body": json.dumps(order(1))}
    done = client.post(path, json=mended, headers=headers)
    assert (done.status_code, done.json()["events"]) == (202, 1)
    folded()
    (after,) = client.get("/v1/deadletters", headers=headers).json()["letters"]
    assert after["mended"]
    assert after["retried_us"] > 0
    (row,) = client.get("/v1/audit", headers=headers).json()
    assert (row["what"], row["about"]) == ("deadletter.retried", letter["id"])


def test_dead_letter_of_another_tenant_is_out_of_reach(client, key_of, folded):
    theirs = {**key_of("admin", tenant="other"), "content-type": "application/x-ndjson"}
    client.post("/v1/events", content=b"broken", headers=theirs)
    folded("other")
    (letter,) = client.get("/v1/deadletters", headers=theirs).json()["letters"]
    path = f"/v1/deadletters/{letter['id']}/retry"
    assert client.post(path, json={}, headers=key_of("admin")).status_code == 404
    site = key_of("admin", sites=["dc_west"])
    assert client.post(path, json={}, headers=site).status_code == 403
