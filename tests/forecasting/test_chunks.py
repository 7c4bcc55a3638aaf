import pytest

from forecasting.chunks import for_each_chunk
from forecasting.errors import OptionError


@pytest.mark.parametrize("n_threads", [1, 2, 3])
@pytest.mark.parametrize("n_rows", [1, 2, 40, 300])
def test_every_row_is_done_once(n_rows, n_threads):
    done = [0] * n_rows

    def work(first, end):
        for row in range(first, end):
            done[row] += 1

    for_each_chunk(work, n_rows, n_threads=n_threads)
    assert done == [1] * n_rows


def test_what_a_thread_raises_is_raised():
    def work(first, end):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        for_each_chunk(work, 4, n_threads=2)


def test_threads_below_one_are_refused():
    with pytest.raises(OptionError, match="n_threads must be"):
        for_each_chunk(print, 1, n_threads=0)
