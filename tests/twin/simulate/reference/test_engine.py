from streams.names import Names
from twin.model.laws import CONSTANT
from twin.simulate.reference.engine import Engine, Numbering, lead_time_laws


def test_numbers_skip_ids_that_are_taken():
    names = Names()
    numbering = Numbering(names, frozenset({"P2"}))
    given = [numbering.next("P") for _ in range(3)]
    assert [n for n, _ in given] == [1, 3, 4]
    assert [names[name] for _, name in given] == ["P1", "P3", "P4"]
    assert names[numbering.next("S")[1]] == "S1"


def test_numbers_go_on_under_another_name_where_theirs_is_reserved():
    names = Names()
    numbering = Numbering(names, frozenset())
    numbering.reserved |= {"P2"}
    given = [numbering.next("P") for _ in range(3)]
    assert [n for n, _ in given] == [1, 2, 3]
    assert [names[name] for _, name in given] == ["P1", "P2.2", "P3"]


def test_an_engine_knows_the_names_of_its_network(chain):
    network, names = chain(), Names()
    engine = Engine.of_network(network, names, seed=1)
    assert [names[k] for k in engine.place_names] == list(network.places.ids)
    assert engine.schedule.now == network.settings.as_of_us


def test_lead_time_laws_are_those_of_the_lanes(chain):
    laws = lead_time_laws(chain())
    assert [(law.law, law.mean_s) for law in laws] == [
        (CONSTANT, 172_800.0),
        (CONSTANT, 86_400.0),
    ]
