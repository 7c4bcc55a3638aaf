"""What a caller may do, where."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal, get_args

from twin.said import Said
from twin.service.problems import ProblemError

Scope = Literal["read", "write", "plan", "approve", "admin"]
"""What a key may allow; `SCOPES` says what each does."""

SCOPES: dict[Scope, str] = {
    "read": "see state, plans and streams",
    "write": "send events",
    "plan": "ask for plans, branches and promises",
    "approve": "approve and reject plans",
    "admin": "make and end keys, read the audit, and all the others",
}
"""What each scope allows."""

assert tuple(SCOPES) == get_args(Scope)


@dataclass(frozen=True, slots=True)
class Caller:
    """One who asks.

    Attributes
    ----------
    name : str
        Of the key: who did what is recorded by it.
    tenant : str
        Whose data may be seen; no other's.
    scopes : frozenset of str
        Of `SCOPES`.
    sites : frozenset of str
        Sites that may be seen and acted on; empty: all of the tenant.
    """

    name: str
    tenant: str
    scopes: frozenset[Scope]
    sites: frozenset[str] = frozenset()

    def may(self, scope: Scope) -> bool:
        """Tell whether something is allowed.

        Examples
        --------
        >>> Caller("anna", "default", frozenset({"admin"})).may("plan")
        True
        """
        return scope in self.scopes or "admin" in self.scopes

    def need(self, scope: Scope) -> None:
        """Refuse what is not allowed.

        Raises
        ------
        ProblemError
            403, with the scope that is missing.
        """
        if not self.may(scope):
            held = ", ".join(sorted(self.scopes)) or "none"
            msg = f"key {self.name!r}: scopes {held}; allowed: those with {scope!r}"
            said = Said(msg, "scope_missing", {"scope": scope})
            raise ProblemError(HTTPStatus.FORBIDDEN, "scope-missing", said)

    def need_site(self, site: str | None) -> None:
        """Refuse what concerns a site that is not this caller's.

        Parameters
        ----------
        site : str or None
            None: something that concerns all sites.

        Raises
        ------
        ProblemError
            403, without a word on whether there is such a site.
        """
        if self.sites and site not in self.sites:
            allowed = ", ".join(sorted(self.sites))
            msg = f"key {self.name!r}: site {site!r}; allowed: {allowed}"
            said = msg if site is None else Said(msg, "site_of_others")
            raise ProblemError(HTTPStatus.FORBIDDEN, "site-not-allowed", said)
