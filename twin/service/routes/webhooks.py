"""Webhooks: who is told elsewhere of what happens."""

import asyncio
from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from twin.service.places import Administers, Asked
from twin.service.problems import problems
from twin.service.webhooks import Delivery, Webhook
from twin.service.webhooks.kept import Kind

router = APIRouter(tags=["webhooks"])

WebhookId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=256,
        description="Id of a webhook.",
        examples=["webhook-1"],
    ),
]


class WebhookAsked(BaseModel):
    """A webhook to be made.

    Attributes
    ----------
    url : str
        Where to: HTTPS, to a host whose addresses are all public.
    kinds : list of str
        What it is told of.
    """

    url: str = Field(
        min_length=1, max_length=2_000, examples=["https://example.com/millstream"]
    )
    kinds: list[Kind] = Field(
        min_length=1, max_length=20, examples=[["plan.released", "exception.raised"]]
    )


class WebhookShown(BaseModel):
    """A webhook without its secret.

    Attributes
    ----------
    id, url, who : str
        Its id, where to, and who made it.
    kinds : list of str
        What it is told of.
    created_us : int
        Microseconds UTC.
    enabled : bool
        False: it failed too often; a ping tries it again.
    waiting, given_up : int
        Deliveries that wait, and those given up since the last that arrived.
    """

    id: str = Field(examples=["webhook-1"])
    url: str = Field(examples=["https://example.com/millstream"])
    who: str
    kinds: list[Kind] = Field(examples=[["plan.released"]])
    created_us: int
    enabled: bool
    waiting: int
    given_up: int


class WebhookMade(WebhookShown):
    """A webhook that was made.

    Attributes
    ----------
    secret : str
        Messages are signed with it: shown here, and never again.
    """

    secret: str


class DeliveryShown(BaseModel):
    """A message, and what came of it.

    Attributes
    ----------
    id, kind, about : str
        Of what happened: who gets a message twice can tell by its id.
    status : str
        Waiting, delivered, given_up, or dropped as too many waited.
    tries : int
        So far.
    made_us, last_us : int, int or None
        When it was made and tried last, microseconds UTC.
    said : str or None
        What went wrong last.
    """

    id: str = Field(examples=["plan.released-00c0ffee00c0ffee"])
    kind: Kind
    about: str = Field(examples=["P1"])
    status: str = Field(examples=["delivered"])
    tries: int
    made_us: int
    last_us: int | None
    said: str | None = Field(examples=["answered 503"])


def _shown(hook: Webhook) -> dict[str, object]:
    return {
        "id": hook.id,
        "url": hook.url,
        "who": hook.who,
        "kinds": list(hook.kinds),
        "created_us": hook.created_us,
        "enabled": hook.enabled,
        "waiting": sum(one.status == "waiting" for one in list(hook.deliveries)),
        "given_up": hook.n_given_up,
    }


def _delivery(one: Delivery) -> DeliveryShown:
    return DeliveryShown.model_validate(msgspec.to_builtins(one))


@router.get("/webhooks", summary="Webhooks", responses=problems())
async def webhooks(asked: Administers) -> list[WebhookShown]:
    """List the webhooks of the tenant, without their secrets."""
    asked.caller.need_site(None)
    rows = asked.tenant.webhooks.rows()
    return [WebhookShown.model_validate(_shown(row)) for row in rows]


@router.post(
    "/webhooks",
    status_code=HTTPStatus.CREATED,
    summary="Make a webhook",
    responses=problems(409),
)
async def make_webhook(asked: Administers, wanted: WebhookAsked) -> WebhookMade:
    """Make a webhook: it gets a signed message for each thing of its kinds.

    `Millstream-Signature` is `t=SECONDS,v1=HEX`: the HMAC-SHA256, with the secret that
    is answered here once, of the seconds, a point and the body. An answer of 200 to 299
    takes a message; otherwise it is sent again, each time after twice as long. Nobody
    is followed to elsewhere, and no address of a private network is connected to.
    """
    asked.caller.need_site(None)
    made = await asyncio.to_thread(_made, asked, wanted)
    return WebhookMade.model_validate({**_shown(made), "secret": made.secret})


def _made(asked: Asked, wanted: WebhookAsked) -> Webhook:
    made = asked.tenant.webhooks.add(wanted.url, wanted.kinds, who=asked.caller.name)
    asked.record("webhook.made", about=made.id, after=_shown(made))
    return made


@router.get("/webhooks/{webhook}", summary="A webhook", responses=problems(404))
async def webhook(asked: Administers, webhook: WebhookId) -> WebhookShown:
    """Answer how a webhook does."""
    asked.caller.need_site(None)
    return WebhookShown.model_validate(_shown(asked.tenant.webhooks.row(webhook)))


@router.delete(
    "/webhooks/{webhook}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="End a webhook",
    responses=problems(404),
)
async def end_webhook(asked: Administers, webhook: WebhookId) -> None:
    """End a webhook, with the messages that wait for it."""
    asked.caller.need_site(None)
    gone = await asyncio.to_thread(asked.tenant.webhooks.remove, webhook)
    asked.record("webhook.ended", about=gone.id, before=_shown(gone))


@router.get(
    "/webhooks/{webhook}/deliveries",
    summary="What a webhook was told",
    responses=problems(404),
)
async def deliveries(asked: Administers, webhook: WebhookId) -> list[DeliveryShown]:
    """List messages that wait and the last that are over, the latest first."""
    asked.caller.need_site(None)
    found = list(asked.tenant.webhooks.row(webhook).deliveries)
    return [_delivery(one) for one in found[::-1]]


@router.post(
    "/webhooks/{webhook}/ping",
    status_code=HTTPStatus.ACCEPTED,
    summary="Try a webhook",
    responses=problems(404),
)
async def ping(asked: Administers, webhook: WebhookId) -> DeliveryShown:
    """Send a message that says nothing; one that was disabled is asked again."""
    asked.caller.need_site(None)
    made = await asyncio.to_thread(asked.tenant.webhooks.ping, webhook)
    asked.record("webhook.pinged", about=webhook)
    return _delivery(made)
