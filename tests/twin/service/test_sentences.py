import pytest
from pydantic import ValidationError

from twin.said import Said
from twin.service.sentences import Sentence


def test_sentence_has_the_parts_of_what_is_said():
    said = Said("order 'A': two lines", "several_lines", {"order": "A", "count": 2})
    assert Sentence.model_validate(said.document()).model_dump() == said.document()


def test_part_that_others_could_not_write_is_refused():
    with pytest.raises(ValidationError, match="parts"):
        Sentence.model_validate({"kind": "lies", "parts": {"item": {"name": "tea"}}})
