import json

import pytest

from streams.epcis import read_epcis
from streams.epcis.reports import COMPONENTS, MEASURED, report_of
from streams.events import MachineReading

SENSORS = [
    "Temperature:CEL",
    "Speed.x:MTS",
    "Temperature.min:CEL@8004/4000001111",
    "Temperature.ERROR_CONDITION",
    "Angle.latitude:DD",
    "Mass:KGM#ex:feature=ex:product",
    "Vibration",
    "heat 2",
    "Temperature.up",
    "http://ns.example.com/Def@8004/4000001113",
]


@pytest.mark.parametrize("sensor", SENSORS)
def test_sensor_is_read_again_from_its_report(epcis_bytes, epcis_errors, sensor):
    reading = MachineReading(machine="4012345000016", sensor=sensor, value=1.0)
    event = epcis_bytes(
        epcList=None, sensorElementList=[{"sensorReport": [report_of(reading)]}]
    )
    assert not epcis_errors(event)
    (one,) = read_epcis(event).events
    assert one.event == reading


def test_words_are_those_of_the_official_schema(public_data):
    path = public_data / "events" / "epcis2" / "schema" / "EPCIS-JSON-Schema.json"
    defined = json.loads(path.read_text())["definitions"]
    assert set(defined["measurementType"]["anyOf"][1]["enum"]) == MEASURED
    assert set(defined["component"]["anyOf"][1]["enum"]) == COMPONENTS
