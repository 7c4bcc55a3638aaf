import pytest

from streams.epcis import read_epcis
from streams.events import AuditRecorded, MachineReading


def readings(epcis_bytes, *reports, metadata=None, **fields):
    element = {"sensorReport": list(reports)}
    if metadata:
        element["sensorMetadata"] = metadata
    said = {"bizStep": "sensor_reporting", "epcList": None} | fields
    reading = read_epcis(epcis_bytes(sensorElementList=[element], **said))
    assert not reading.refused
    return reading.events


@pytest.mark.parametrize(
    ("report", "sensor", "value"),
    [
        ({"value": 26, "uom": "CEL"}, "Temperature:CEL", 26),
        ({"meanValue": 1.5}, "Temperature.mean", 1.5),
        ({"value": 1, "component": "cbv:Comp-x"}, "Temperature.x", 1),
        ({"booleanValue": True}, "Temperature", 1),
        ({"exception": "ALARM_CONDITION"}, "Temperature.ALARM_CONDITION", 1),
        (
            {"exception": "ALARM_CONDITION", "booleanValue": False},
            "Temperature.ALARM_CONDITION",
            0,
        ),
        (
            {"value": 2, "deviceID": "urn:epc:id:giai:4000001.111"},
            "Temperature@8004/4000001111",
            2,
        ),
        ({"value": 2, "ex:at": "ex:lid"}, "Temperature#ex:at=ex:lid", 2),
    ],
)
def test_report_is_a_reading_of_the_place(epcis_bytes, report, sensor, value):
    (one,) = readings(epcis_bytes, {"type": "gs1:Temperature", **report})
    assert one.event == MachineReading(
        machine="4012345000016", sensor=sensor, value=value
    )


def test_every_number_of_a_report_is_a_reading(epcis_bytes):
    report = {"type": "Mass", "minValue": 1, "maxValue": 3, "sDev": 0.5, "percValue": 2}
    found = {one.event.sensor: one.event.value for one in readings(epcis_bytes, report)}
    assert found == {
        "Mass.min": 1,
        "Mass.max": 3,
        "Mass.sdev": 0.5,
        "Mass.percentile": 2,
    }


@pytest.mark.parametrize(
    ("own", "metadata", "second"),
    [
        ({"time": "2024-05-01T06:00:03Z"}, {"time": "2024-05-01T06:00:02Z"}, 3),
        ({}, {"time": "2024-05-01T06:00:02Z"}, 2),
        ({}, {"endTime": "2024-05-01T08:00:01+02:00"}, 1),
        ({}, None, 0),
    ],
)
def test_reading_is_of_the_time_nearest_to_it(epcis_bytes, own, metadata, second):
    (one,) = readings(
        epcis_bytes, {"type": "Mass", "value": 1, **own}, metadata=metadata
    )
    assert one.time_us == 1_714_543_200_000_000 + second * 1_000_000


def test_asset_is_the_machine_that_was_watched(epcis_bytes):
    made = readings(
        epcis_bytes,
        {"type": "Mass", "value": 1},
        epcList=["urn:epc:id:giai:4000001.12345"],
    )
    assert made[0].event.machine == "8004/400000112345"


def test_report_without_number_is_recorded_as_it_is(epcis_bytes):
    (one,) = readings(epcis_bytes, {"type": "ex:Code", "stringValue": "0110"})
    assert isinstance(one.event, AuditRecorded)
    assert "0110" in repr(one.event.detail)
