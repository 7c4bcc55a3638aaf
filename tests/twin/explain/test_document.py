"""What is told of an order, as JSON can hold it."""

from twin.explain.constraints import Constraint, Tree
from twin.explain.document import trace_document, why_document
from twin.explain.tracing import Segment, Trace
from twin.explain.why import Tried, Why
from twin.said import Said

DAY_US = 86_400_000_000
LANE = Constraint("lane", "lane buy from V to P", lane="buy")


def test_what_binds_is_told():
    tree = Tree(("M", "tea", "P", 0, 0), (), (), ())
    found = Why("C7", tree, 3 * DAY_US, (Tried(LANE, DAY_US, 2 * DAY_US),), ())
    told = why_document(found)
    assert told["constraint"]["lane"] == "buy"
    assert told["tried"][0]["gain_days"] == 2.0


def test_longest_segment_binds():
    short = Segment("queue", Said("tea waits"), "M1", 0, DAY_US)
    long = Segment("operation", Said("tea: fill on F1"), "M1", DAY_US, 4 * DAY_US)
    ends = ("C7", "tea", "P", "M", 0, DAY_US, 4 * DAY_US, 5.0, 5.0)
    told = trace_document(Trace(*ends, (short, long)), None)
    assert (told["binds"]["order"], told["binds"]["days"]) == ("M1", 3.0)
    assert told["shortage"] is None
