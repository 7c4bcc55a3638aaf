import dataclasses

import pytest

from twin.errors import InputError


def test_every_branch_has_its_part_of_everything(data):
    for part in ("measures", "panels"):
        with pytest.raises(InputError, match="each of 2 branches, had 6"):
            dataclasses.replace(
                data,
                branches=data.branches[:2],
                **{other: () for other in ("measures", "panels") if other != part},
            )
