import pytest

from twin.service.access import Caller
from twin.service.problems import ProblemError


def test_admin_may_all_others_what_they_have():
    assert Caller("a", "t", frozenset({"admin"})).may("approve")
    reader = Caller("r", "t", frozenset({"read"}))
    reader.need("read")
    with pytest.raises(ProblemError, match=r"key 'r': scopes read; allowed: .*'plan'"):
        reader.need("plan")


def test_site_of_others_is_refused():
    everywhere = Caller("a", "t", frozenset({"read"}))
    everywhere.need_site("plant_north")
    everywhere.need_site(None)
    one = Caller("b", "t", frozenset({"read"}), frozenset({"dc_west"}))
    one.need_site("dc_west")
    for site in ("plant_north", None):
        with pytest.raises(ProblemError, match="allowed: dc_west") as refused:
            one.need_site(site)
        assert refused.value.status == 403
        said = refused.value.said
        assert (None if said is None else said.kind) == (site and "site_of_others")
