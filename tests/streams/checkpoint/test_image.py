import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.checkpoint.image import (
    PAGE_BYTES,
    Image,
    changes,
    filled,
    parts_of,
    patched,
)
from streams.errors import CheckpointError

KEY = ("s", "x")


def image_of(array, image=None):
    image = image or Image()
    image.take({"s": {"x": array}}, {})
    return image


def applied(before, newer, older):
    """The bytes that `newer` has, made of those before and of what changed."""
    found = changes(newer, older)
    content = np.frombuffer(b"".join(found.pages), np.uint8)
    return patched(before, found.pieces[0], found.numbers, content), found


def test_copy_does_not_change_with_the_array():
    array = np.arange(10)
    meta = {"position": {"log/0": 1}}
    image = Image()
    image.take({"s": {"x": array}, "raw": b"abc", "none": {}}, meta)
    array[:] = 0
    meta["position"]["log/0"] = 2
    assert image.parts[KEY].data.view(np.int64).tolist() == list(range(10))
    assert image.parts["raw", ""].data.tobytes() == b"abc"
    assert image.sections == ["s", "raw", "none"]
    assert image.meta == {"position": {"log/0": 1}}


def test_memory_is_used_again():
    image = image_of(np.zeros(1000))
    first = image.parts[KEY].data
    image_of(np.ones(1010), image)
    assert np.shares_memory(first, image.parts[KEY].data)
    spare = Image()
    spare.reserve(image)
    reserved = spare._memory[KEY]
    image_of(np.ones(1010), spare)
    assert np.shares_memory(reserved, spare.parts[KEY].data)


def test_strided_records_are_copied_in_order():
    table = np.zeros(8, [("a", "i4"), ("b", "f8")])
    table["b"] = np.arange(8)
    image = image_of(table[::2])
    assert image.parts[KEY].data.view(table.dtype)["b"].tolist() == [0, 2, 4, 6]


def test_array_of_objects_is_refused():
    with pytest.raises(CheckpointError, match=r"array 's\.x': holds Python objects"):
        parts_of({"s": {"x": np.array([{}])}})


def test_whole_checkpoint_fills_pieces_with_zeros():
    assert b"".join(filled(np.ones(65, np.uint8))) == b"\1" * 65 + bytes(63)
    assert b"".join(filled(np.ones(64, np.uint8))) == b"\1" * 64


def test_only_changed_pages_are_found():
    array = np.zeros(10 * PAGE_BYTES, np.uint8)
    before = image_of(array)
    array[[0, 3 * PAGE_BYTES - 1, 3 * PAGE_BYTES]] = 1
    _, found = applied(None, image_of(array), before)
    assert found.numbers.tolist() == [0, 2, 3]
    assert found.n_bytes == 3 * PAGE_BYTES + 3 * 4
    assert changes(before, before).n_bytes == 0


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_changes_rebuild_any_series_of_images(data):
    """Growing, shrinking and changed anywhere, with the memory of both used again."""
    images = [Image(), Image()]
    before = None
    random = np.random.default_rng(data.draw(st.integers(0, 999)))
    sizes = st.integers(0, 4 * PAGE_BYTES) | st.sampled_from(
        [0, 1, PAGE_BYTES - 1, PAGE_BYTES, PAGE_BYTES + 1, 2 * PAGE_BYTES]
    )
    array = np.zeros(0, np.uint8)
    for step in range(data.draw(st.integers(1, 6))):
        array = np.resize(np.append(array, np.uint8(step)), data.draw(sizes))
        if len(array):
            array[random.integers(len(array), size=2)] = random.integers(3)
        newer, older = images[step % 2], images[1 - step % 2]
        newer.take({"s": {"x": array}}, {})
        before, _ = applied(before, newer, older)
        assert before.tobytes() == array.tobytes()
