"""A first network from a log: who took part, and the laws that were observed."""

from twin.model.draft.whole import Draft, draft

__all__ = ["Draft", "draft"]
