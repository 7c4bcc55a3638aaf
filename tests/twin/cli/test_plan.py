"""The options of `millstream plan`."""

import pytest

from twin.cli.app import run


def test_help_names_what_it_does(capsys):
    assert run(["plan", "--help"]) == 0
    assert "pegged back" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "said"),
    [(("--quantile", "1.5"), "quantile"), (("--horizon", "0"), "--horizon")],
)
def test_options_out_of_range_are_mistakes_of_the_user(option, said, capsys):
    from twin.model.shipped import example_folder  # noqa: PLC0415

    assert run(["plan", str(example_folder()), *option]) == 2
    assert said in capsys.readouterr().err


def test_network_without_demand_is_refused(tmp_path, capsys):
    (tmp_path / "network.toml").write_text(
        'name = "bare"\nas_of = 2024-01-01T00:00:00Z\n'
    )
    (tmp_path / "sites.csv").write_text("site,kind\nS,store\n")
    (tmp_path / "items.csv").write_text("item\ntea\n")
    (tmp_path / "suppliers.csv").write_text("supplier\nV\n")
    (tmp_path / "lanes.csv").write_text(
        "lane,from_place,to_place,item,lead_time_s\nbuy,V,S,tea,86400\n"
    )
    assert run(["plan", str(tmp_path)]) == 2
    assert "nothing to plan: demands has no rows" in capsys.readouterr().err
