"""Who may do what: keys, sessions, and the record of what was done."""

from twin.service.access.audit import Audit
from twin.service.access.keys import KeyRing, KeyRow
from twin.service.access.scopes import SCOPES, Caller, Scope

__all__ = ["SCOPES", "Audit", "Caller", "KeyRing", "KeyRow", "Scope"]
