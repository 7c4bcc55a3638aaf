from ipaddress import ip_address

import pytest

from twin.service.problems import ProblemError
from twin.service.webhooks import guard
from twin.service.webhooks.guard import checked, goal_of, is_outside

INSIDE = [
    "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "0.0.0.0",
    "169.254.169.254", "100.100.100.200", "100.64.0.1", "192.0.0.192", "198.18.0.1",
    "224.0.0.1", "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1",
    "fd00:ec2::254", "ff02::1", "fec0::1", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe",
    "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::80ff:fffe",
    "2001:db8::1", "192.0.2.1", "192.88.99.1",
]  # fmt: skip
OUTSIDE = ["93.184.216.34", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"]


@pytest.fixture
def answers(monkeypatch):
    """Let names have addresses; return the dict of them."""
    known = {}
    monkeypatch.setattr(guard, "resolve", lambda host, _port: known.get(host, []))
    return known


@pytest.mark.parametrize("address", INSIDE)
def test_address_inside_is_refused(answers, address):
    assert not is_outside(ip_address(address))
    answers["seems.example"] = [address]
    with pytest.raises(ProblemError, match="public addresses only") as refused:
        checked(goal_of("https://seems.example/x"))
    assert address not in refused.value.detail


@pytest.mark.parametrize("address", OUTSIDE)
def test_address_of_the_world_is_taken(answers, address):
    answers["good.example"] = [address]
    found = checked(goal_of("https://good.example"))
    assert ip_address(found) == ip_address(address)


def test_one_address_inside_spoils_a_name(answers):
    answers["mixed.example"] = ["93.184.216.34", "10.0.0.1"]
    with pytest.raises(ProblemError, match="public addresses only"):
        checked(goal_of("https://mixed.example"))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]",
     "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0", "localhost"],
)  # fmt: skip
def test_this_machine_is_refused_however_it_is_written(host):
    with pytest.raises(ProblemError):
        checked(goal_of(f"https://{host}/"))


@pytest.mark.parametrize(
    "url",
    ["http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://a/",
     "https:///x", "https://", "//example.com", "https://user@example.com/",
     "https://a:b@example.com/", "https://example.com@10.0.0.1/", "https://a b/",
     "https://example.com/\r\nX: y", "https://example.com/\n", "https://ex\u00e4mple/",
     "https://example.com:0/", "https://example.com:99999/", "https://[::1",
     "https://example.com\\@10.0.0.1/", "https://example.com/#x", "x" * 3000],
)  # fmt: skip
def test_url_that_no_webhook_may_have_is_refused(url):
    with pytest.raises(ProblemError) as refused:
        goal_of(url)
    assert refused.value.status == 422


def test_name_that_is_not_known_is_refused(answers):
    with pytest.raises(ProblemError, match="a host that is known"):
        checked(goal_of("https://nowhere.example"))
    assert answers == {}


def test_http_reaches_loopback_alone_and_only_where_allowed(answers):
    answers |= {"me.example": ["127.0.0.1"], "world.example": ["8.8.8.8"]}
    mine = goal_of("http://me.example:81/", to_loopback=True)
    assert checked(mine, to_loopback=True) == "127.0.0.1"
    with pytest.raises(ProblemError, match="public addresses only"):
        checked(goal_of("https://me.example"))
    with pytest.raises(ProblemError, match="https:// for what is not this machine"):
        checked(goal_of("http://world.example", to_loopback=True), to_loopback=True)


def test_goal_has_what_a_request_needs():
    goal = goal_of("https://[2606:4700::1]:8443?a=1")
    assert (goal.host, goal.port, goal.path) == ("2606:4700::1", 8443, "/?a=1")
    assert goal.host_header == "[2606:4700::1]:8443"
    assert goal_of("https://example.com/").host_header == "example.com"
