"""The trie of layouts: shared beginnings, bounds."""

from streams._kernels.layouts import (
    CHILD,
    DATA_END,
    DATA_START,
    DETAIL_STRING,
    END,
    ID,
    KIND,
    LENGTH,
    LITERAL,
    NUMBER,
    SIBLING,
)
from streams.codec.layouts import LAYOUTS_MAX, LayoutTrie, Segment

HEAD = Segment(b'{"id":"', ID)


def layout(key: bytes) -> list[Segment]:
    return [HEAD, Segment(b'","' + key + b'":', NUMBER), Segment(b"}", END)]


def literal(trie: LayoutTrie, node: int) -> bytes:
    place, length = trie.table.nodes[node, [LITERAL, LENGTH]]
    return trie.table.literals[place : place + length].tobytes()


def test_layouts_share_what_they_begin_with():
    trie = LayoutTrie()
    assert trie.add(layout(b"a"))
    assert trie.add(layout(b"b"))
    assert not trie.add(layout(b"a"))
    assert len(trie) == 2
    nodes = trie.table.nodes
    head = nodes[0, CHILD]
    assert (literal(trie, head), nodes[head, SIBLING]) == (HEAD.literal, -1)
    first = nodes[head, CHILD]
    second = nodes[first, SIBLING]
    assert [literal(trie, node) for node in (first, second)] == [b'","a":', b'","b":']
    assert nodes[second, SIBLING] == -1


def test_trie_is_bounded_and_says_so():
    trie = LayoutTrie()
    added = [trie.add(layout(b"%d" % number)) for number in range(LAYOUTS_MAX + 5)]
    assert sum(added) == len(trie) == LAYOUTS_MAX
    assert trie.is_full
    assert trie.knows(layout(b"0"))
    assert not trie.knows(layout(b"%d" % LAYOUTS_MAX))


def test_words_of_an_enumeration_stand_once():
    trie = LayoutTrie()
    kinds = [("on", "off"), tuple("abcdefghijklmnopqrst"), ("on", "off")]
    assert [trie.choices(words) for words in kinds] == [0, 2, 0]
    place, length = trie.table.words[1]
    assert trie.table.literals[place : place + length].tobytes() == b"off"
    other = trie.alone(layout(b"a"))
    assert other.words[:22].tolist() == trie.table.words[:22].tolist()


def test_marks_of_the_data_stand_only_where_details_are():
    trie = LayoutTrie()
    marked = [HEAD, Segment(b'","d":{', DATA_START), Segment(b"", NUMBER)]
    closed = [Segment(b"}", DATA_END), Segment(b"}", END)]
    assert trie.add(marked + closed)
    assert trie.knows(marked + closed)
    nodes = trie.table.nodes
    number = nodes[nodes[0, CHILD], CHILD]
    assert (nodes[number, KIND], literal(trie, number)) == (NUMBER, b'","d":{')
    assert literal(trie, nodes[number, CHILD]) == b"}}"
    detailed = [*marked, Segment(b',"r":"', DETAIL_STRING), *closed]
    assert trie.add(detailed)
    assert nodes[nodes[number, SIBLING], KIND] == DATA_START
