import json

from twin.service.webhooks.kept import KINDS, Delivery, Happening, Webhook


def hook(*deliveries, enabled=True):
    return Webhook(
        id="w", number=1, url="https://a/", kinds=("ping",), who="anna", secret="s",
        created_us=0, enabled=enabled, deliveries=list(deliveries),
    )  # fmt: skip


def delivery(name, status="waiting"):
    return Delivery(id=name, kind="ping", about="", made_us=0, body="{}", status=status)


def test_oldest_that_waits_is_next():
    rows = [delivery("a", "delivered"), delivery("b"), delivery("c")]
    assert hook(*rows).next().id == "b"
    assert hook(*rows, enabled=False).next() is None
    assert hook().next() is None


def test_message_has_what_happened():
    made = Happening("plan.released", "r-1", "P1", {"x": 1}).message(
        tenant="plant", now_us=5
    )
    assert json.loads(made.body) == {
        "id": "r-1", "kind": "plan.released", "tenant": "plant", "about": "P1",
        "time_us": 5, "data": {"x": 1},
    }  # fmt: skip
    assert set(KINDS) >= {made.kind}
