from pathlib import Path

import pytest

from twin.cli.tenants import DEFAULT, TenantSpec, tenants_of
from twin.errors import OptionError


def test_one_network_is_the_default_tenant():
    found = tenants_of(Path("plant"), "log", kafka_config=Path("k"))
    one = TenantSpec(network=Path("plant"), log="log", kafka_config=Path("k"))
    assert found == {DEFAULT: one}


def test_tenants_are_typed_beside_it():
    typed = ["west=a/b:kafka://host:9092/t", "east=c:other/log"]
    found = tenants_of(Path("plant"), "log", typed=typed)
    assert list(found) == [DEFAULT, "west", "east"]
    assert found["west"].log == "kafka://host:9092/t"
    assert found["east"].network == Path("c")


def test_tenants_of_a_file_are_as_seen_from_it(tmp_path):
    file = tmp_path / "tenants.toml"
    file.write_text(
        '[tenants.west]\nnetwork = "west"\nlog = "west/log"\n'
        '[tenants.east]\nnetwork = "/east"\nlog = "kafka://h:1/t"\n'
        'kafka_config = "k.properties"\n'
    )
    found = tenants_of(None, None, file=file)
    assert found["west"] == TenantSpec(
        network=tmp_path / "west", log=str(tmp_path / "west" / "log")
    )
    assert found["east"] == TenantSpec(
        network=Path("/east"), log="kafka://h:1/t",
        kafka_config=tmp_path / "k.properties",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((None, None, []), "nothing to serve"),
        ((Path("n"), None, []), "go together"),
        ((None, "log", []), "go together"),
        ((None, None, ["west"]), "allowed: NAME=NETWORK:LOG"),
        ((None, None, ["west=plant"]), "allowed: NAME=NETWORK:LOG"),
        ((None, None, ["../x=plant:log"]), "must begin with a letter"),
        ((None, None, ["a=p:l", "a=p:m"]), "comes 2 times"),
        ((Path("n"), "log", ["default=p:l"]), "comes 2 times"),
        ((Path("n"), "log", ["a=p:x/../log"]), "is that of 'default'"),
        (
            (None, None, ["a=p:kafka://h:1,i:1/t", "b=q:kafka://I:1/t"]),
            "tenant 'b': its log kafka://i:1/t is that of 'a'",
        ),
        ((None, None, ["a=p:kafka:///t", "b=q:kafka:///t"]), "is that of 'a'"),
    ],
)
def test_what_makes_no_tenant_is_refused(given, said):
    network, log, typed = given
    with pytest.raises(OptionError, match=said):
        tenants_of(network, log, typed=typed)


@pytest.mark.parametrize(
    "text", ["x = 1", "[tenants.a]\nnetwork = 'x'", "[", "[tenants.a]\nnetwerk = 'x'"]
)
def test_file_that_is_none_of_tenants_is_named(tmp_path, text):
    file = tmp_path / "t.toml"
    file.write_text(text)
    for one in (file, tmp_path / "none.toml"):
        with pytest.raises(OptionError, match=f"--tenants {one}"):
            tenants_of(None, None, file=one)
