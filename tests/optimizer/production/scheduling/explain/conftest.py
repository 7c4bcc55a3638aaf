import json
import time
from types import SimpleNamespace

import pytest

from optimizer import SolveOptions
from optimizer.production.scheduling.explain.feasibility import Oracle
from optimizer.production.scheduling.explain.plant import PlantBuilder
from optimizer.production.scheduling.explain.rules import RuleBook
from optimizer.production.scheduling.formats.own import read_own


def step(name, machine, duration, **more):
    return {"id": name, "modes": [{"machine": machine, "duration": duration}], **more}


# Three conflicts: D between release and deadline, A and B around the closed press, and
# E that asks for more operators than there are.
TIGHT = {
    "machines": [{"id": "press", "closed": [[10, 50]]}, {"id": "oven"}],
    "pools": [{"id": "operators", "capacity": 1}],
    "jobs": [
        {"id": "A", "deadline": 20,
         "operations": [step("a1", "press", 8), step("a2", "oven", 5)]},
        {"id": "B", "deadline": 30,
         "operations": [step("b1", "press", 8), step("b2", "oven", 5)]},
        {"id": "C", "deadline": 90, "operations": [step("c1", "press", 3)]},
        {"id": "D", "deadline": 100, "release": 96,
         "operations": [step("d1", "oven", 6)]},
        {"id": "E", "operations": [
            {"id": "e1", "modes": [{"duration": 3, "uses": {"operators": 2}}]}]},
    ],
}  # fmt: skip


@pytest.fixture
def tight_text():
    return json.loads(json.dumps(TIGHT))


@pytest.fixture
def problem_of():
    return lambda text: read_own(json.dumps(text), "problem.json")


@pytest.fixture
def tight(problem_of, tight_text):
    return problem_of(tight_text)


@pytest.fixture
def late(problem_of, tight_text):
    """A, B, C and D with due dates in place of deadlines."""
    tight_text["jobs"] = tight_text["jobs"][:4]
    for job in tight_text["jobs"]:
        job["due"] = job.pop("deadline")
    return problem_of({**tight_text, "objective": {"tardiness": 1, "makespan": 1}})


@pytest.fixture
def asked():
    """Rules, arrays and answers of a problem."""

    def ask(problem):
        book = RuleBook(problem)
        builder = PlantBuilder(book)
        oracle = Oracle(book, builder, lambda: 30.0)
        return SimpleNamespace(
            book=book, builder=builder, oracle=oracle, kept=book.all_kept()
        )

    return ask


@pytest.fixture
def options():
    return SolveOptions(monotonic_s=time.monotonic, time_limit_s=30.0)
