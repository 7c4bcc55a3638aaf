import pytest

from streams.kafka.properties import split_properties


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1\nb:2\nc 3\nd\t=\t4 5 ", {"a": "1", "b": "2", "c": "3", "d": "4 5"}),
        ("# no\n ! no\n\n  a = b=c", {"a": "b=c"}),
        ("a = one\\\n    two\\\n three", {"a": "onetwothree"}),
        ("a = ends with two \\\\\nb = 1", {"a": "ends with two \\", "b": "1"}),
        (r"a\:b = x\=y\\z", {"a:b": "x=y\\z"}),
        ("a=1\na=2\nempty=\nalone", {"a": "2", "empty": "", "alone": ""}),
        ("a = 1 \\\n# goes on", {"a": "1 # goes on"}),
    ],
)
def test_lines_are_read_as_java_reads_them(text, expected):
    assert split_properties(text) == expected
