"""Candidates judged by their futures: what is decided is what does best when played."""

from twin.judging.candidates import (
    Candidate,
    LevelCandidate,
    PlanCandidate,
    Situation,
    standard_candidates,
)
from twin.judging.judge import Judge, JudgeOptions
from twin.judging.policy import JudgedPolicy, JudgingOptions
from twin.judging.verdict import Figures, Verdict

__all__ = [
    "Candidate",
    "Figures",
    "Judge",
    "JudgeOptions",
    "JudgedPolicy",
    "JudgingOptions",
    "LevelCandidate",
    "PlanCandidate",
    "Situation",
    "Verdict",
    "standard_candidates",
]
