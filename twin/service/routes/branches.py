"""Branches kept by name: saved, shown, compared, made real."""

import asyncio
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from twin.service.asked.branches import (
    NAME,
    BranchAsked,
    ComparisonAsked,
    Kept,
    Promoted,
    branch,
    compare_kept,
    forget,
    kept,
    promote,
    promotion,
    save,
)
from twin.service.places import Approves, Asked, Plans, Reads
from twin.service.problems import problems
from twin.service.routes.jobs import JobShown, submitted
from twin.service.sentences import Sentence

router = APIRouter(tags=["branches"])

_SENTENCES = ("told", "done", "conflicts", "left_out")

Name = Annotated[
    str, Path(pattern=NAME, description="Of a branch.", examples=["faster"])
]


class BranchShown(BaseModel):
    """A branch.

    Attributes
    ----------
    name, description, who : str
        What the reader sees, and who kept it.
    changes : dict
        What is different, as a change file.
    lines : list of str
        The same in words.
    said : list of Sentence
        The same by what they are made of, for other languages.
    at : str or None
        Offset or time where it begins.
    as_of_us, created_us : int
        Time of the state there, and when it was kept; microseconds UTC.
    state_hash, network_hash : str
        Of what it begins with.
    days, policy : float, str
        Length of its futures, and who decides in them.
    """

    name: str = Field(examples=["faster"])
    description: str
    who: str
    changes: dict[str, Any]
    lines: list[str]
    said: list[Sentence]
    at: str | None = Field(examples=["120"])
    as_of_us: int
    created_us: int
    state_hash: str
    network_hash: str
    days: float
    policy: str


class PromotionShown(BaseModel):
    """What makes a branch real.

    Attributes
    ----------
    branch : str
        Its name.
    promoted : bool
        Whether it was written, or is only shown.
    told, done, conflicts, left_out : list of str
        Cells that are told, that are so already, that were changed otherwise
        meanwhile, and what no event can tell.
    said : dict of str to list of Sentence
        The same, by what they are made of, for other languages.
    events : list of str
        Types of the events.
    """

    branch: str
    promoted: bool
    told: list[str]
    done: list[str]
    conflicts: list[str]
    left_out: list[str]
    said: dict[str, list[Sentence]]
    events: list[str] = Field(examples=[["MasterDataChanged"]])


class PromotionAsked(BaseModel):
    """A branch to be made real.

    Attributes
    ----------
    why : str
        The reason, in a sentence.
    """

    why: str = Field(min_length=1, max_length=1_000, examples=["line 2 is staffed"])


def _shown(one: Kept) -> BranchShown:
    return BranchShown.model_validate(msgspec.to_builtins(one))


def _promotion(name: str, found: Promoted, *, is_written: bool) -> PromotionShown:
    return PromotionShown(
        branch=name,
        promoted=is_written and bool(found.events),
        **{name: list(map(str, getattr(found, name))) for name in _SENTENCES},
        said={
            name: [Sentence(**one.document()) for one in getattr(found, name)]
            for name in _SENTENCES
        },
        events=[type(one).__name__ for one in found.events],
    )


@router.get("/branches", summary="Branches", responses=problems())
async def branches(asked: Reads) -> list[BranchShown]:
    """List the branches that are kept, by name."""
    asked.caller.need_site(None)
    found = await asyncio.to_thread(kept, asked.tenant)
    return [_shown(one) for one in found]


@router.post(
    "/branches",
    status_code=HTTPStatus.CREATED,
    summary="Keep a branch",
    responses=problems(409),
)
async def save_branch(asked: Plans, wanted: BranchAsked) -> BranchShown:
    """Keep a branch: where it begins and what it changes; mistakes are told now."""
    asked.caller.need_site(None)
    return await asyncio.to_thread(_saved, asked, wanted)


def _saved(asked: Asked, wanted: BranchAsked) -> BranchShown:
    made = save(asked.tenant, wanted, who=asked.caller.name)
    shown = _shown(made)
    asked.record("branch.kept", about=made.name, after=shown.model_dump())
    return shown


@router.post(
    "/branches/comparison",
    status_code=HTTPStatus.ACCEPTED,
    summary="Compare branches that are kept",
    responses=problems(404),
)
async def compare_branches(asked: Plans, wanted: ComparisonAsked) -> JobShown:
    """Play branches beside the base they share: a job whose steps are futures."""
    asked.caller.need_site(None)
    for name in wanted.names:
        branch(asked.tenant, name)
    return await asyncio.to_thread(submitted, asked, "comparison", wanted, compare_kept)


@router.get("/branches/{name}", summary="A branch", responses=problems(404))
async def show_branch(asked: Reads, name: Name) -> BranchShown:
    """Answer where a branch begins and what it changes."""
    asked.caller.need_site(None)
    return _shown(branch(asked.tenant, name))


@router.delete(
    "/branches/{name}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Keep a branch no more",
    responses=problems(404),
)
async def forget_branch(asked: Plans, name: Name) -> None:
    """Forget a branch; what was made of it stays."""
    asked.caller.need_site(None)
    gone = forget(asked.tenant, name)
    before = _shown(gone).model_dump()
    await asyncio.to_thread(asked.record, "branch.forgotten", about=name, before=before)


@router.get(
    "/branches/{name}/promotion",
    summary="What would make a branch real",
    responses=problems(404, 409),
)
async def show_promotion(asked: Reads, name: Name) -> PromotionShown:
    """Answer what a promotion would write, and what stands against it."""
    asked.caller.need_site(None)
    found = await asyncio.to_thread(promotion, asked.tenant, name)
    return _promotion(name, found, is_written=False)


@router.post(
    "/branches/{name}/promotion",
    status_code=HTTPStatus.ACCEPTED,
    summary="Make a branch real",
    responses=problems(404, 409, 503),
)
async def promote_branch(
    asked: Approves, name: Name, wanted: PromotionAsked
) -> PromotionShown:
    """Write the changes of a branch as events; promoted twice, it counts once."""
    asked.caller.need_site(None)
    return await asyncio.to_thread(_promoted, asked, name, wanted)


def _promoted(asked: Asked, name: str, wanted: PromotionAsked) -> PromotionShown:
    found = promote(asked.tenant, name, who=asked.caller.name, why=wanted.why)
    shown = _promotion(name, found, is_written=True)
    asked.record("branch.promoted", about=name, after=shown.model_dump())
    return shown
