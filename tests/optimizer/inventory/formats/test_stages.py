import pytest

from optimizer.errors import ProblemError
from optimizer.inventory import read_stages

HEAD = (
    "stage_id,lead_time,max_s_time,cost,risk_pool,ext_demand_mean,ext_demand_std,"
    "ext_demand_thres,up_stages\n"
)


def test_stages_are_read_with_short_lines(tmp_path):
    path = tmp_path / "tree.txt"
    path.write_text(HEAD + "part,5,,2.5,2,,,\npump,2,0,1,,9,3,1.645,part,2\n")
    tree = read_stages(path, holding_rate=0.3)
    assert tree.stages[1].suppliers == (("part", 2.0),)
    assert tree.unit_cost.tolist() == [2.5, 6.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n", "must name stage_id"),
        (HEAD + "part,x,,2.5,2,,,\n", "line 2"),
        (HEAD + "part,1,,2.5,2,,,,pump\n", "pairs of supplier"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, text, said):
    path = tmp_path / "tree.txt"
    path.write_text(text)
    with pytest.raises(ProblemError, match=said):
        read_stages(path, holding_rate=0.3)
