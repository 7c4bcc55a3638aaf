"""Sentences as answers have them: what they are made of, for other languages."""

from pydantic import BaseModel, Field


class Sentence(BaseModel):
    """What a sentence is made of.

    Attributes
    ----------
    kind : str
        Which one it is.
    parts : dict
        What stands in it, by name: times end in ``_us`` or ``_s``.
    """

    kind: str = Field(examples=["no_order"])
    parts: dict[str, str | float | list[str] | None] = Field(examples=[{"name": "C17"}])
