"""Sensor reports: numbers to readings of machines.

A sensor is named by all that tells its numbers from others, so that units never mix:
``Temperature:CEL``, ``Speed.x:MTS``, ``Temperature.min:CEL@8004/4000001111``,
``Mass:KGM#ex:feature=ex:product``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from streams.codec import parse_time
from streams.epcis.digest import short
from streams.epcis.document import BAD_EVENT, SensorElement
from streams.epcis.facts import Facts, place_name
from streams.epcis.identifiers import ASSETS, OWN, parse_identifier
from streams.epcis.options import EpcisOptions
from streams.epcis.vocabulary import Prefixes, word
from streams.errors import EpcisError
from streams.events import MachineReading

# Fields of a report that hold a number, and what the sensor's name says of it.
NUMBERS = {
    "value": "",
    "minValue": ".min",
    "maxValue": ".max",
    "meanValue": ".mean",
    "sDev": ".sdev",
    "percValue": ".percentile",
}
TEXTS = ("stringValue", "hexBinaryValue", "uriValue")
VALUE_MAX = 1e300  # beyond it a number is an error of whoever wrote it
QUALIFIERS = ("microorganism", "chemicalSubstance")
OWN_SENSOR = f"{OWN}sensor:"


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading and its time, microseconds UTC."""

    event: MachineReading
    time_us: int


def readings_of(
    facts: Facts, prefixes: Prefixes, options: EpcisOptions
) -> tuple[list[Reading], bool]:
    """Return the readings of an event, and whether a report held no number.

    Parameters
    ----------
    facts : Facts
        An EPCIS event, its identifiers read.
    prefixes : Mapping of str to str
        Namespaces of the document.
    options : EpcisOptions
        How ids are made.

    Returns
    -------
    list of Reading
        One for each number of each report.
    bool
        Whether something was reported that is no number, such as a text.
    """
    machine = _machine(facts, options)
    readings: list[Reading] = []
    left = False
    for element in facts.event.sensor_element_list:
        for report in element.sensor_report:
            time_us = parse_time(_time(report, element) or facts.event.event_time)
            found = list(_numbers(report))
            left = left or not found or any(name in report for name in TEXTS)
            for mark, value in found:
                sensor = _sensor(report, mark, prefixes)
                device = report.get("deviceID") or element.sensor_metadata.device_id
                if isinstance(device, str):
                    sensor += f"@{parse_identifier(device).path}"
                reading = MachineReading(
                    machine=machine or short(str(device or facts.event_id)),
                    sensor=short(sensor + _qualified(report)),
                    value=value,
                )
                readings.append(Reading(reading, time_us))
    return readings, left


def _machine(facts: Facts, options: EpcisOptions) -> str | None:
    """Return the asset that was watched, or the place where things were."""
    event = facts.event
    uris = [*event.epc_list, *([event.parent_id] if event.parent_id else [])]
    for uri in (*uris, *event.child_epcs):
        identifier = parse_identifier(uri)
        if identifier.key in ASSETS:
            path = identifier.path
            return short(options.aliases.get(path, path))
    spot = event.read_point or event.biz_location
    if spot is not None:
        return place_name(spot.id, options)
    return short(parse_identifier(uris[0]).path) if uris else None


def is_watched(facts: Facts) -> bool:
    """Tell whether all an event is about is the asset that its readings are of."""
    event = facts.event
    alone = len(event.epc_list) == 1 and not event.quantity_list
    watched = alone and parse_identifier(event.epc_list[0]).key in ASSETS
    return watched and facts.step == "sensor_reporting"


def _time(report: dict[str, Any], element: SensorElement) -> str | None:
    metadata = element.sensor_metadata
    own = report.get("time")
    return own if isinstance(own, str) else metadata.time or metadata.end_time


def _numbers(report: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for name, mark in NUMBERS.items():
        value = report.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            if abs(value) > VALUE_MAX:
                detail = f"{name} must be in {-VALUE_MAX}..{VALUE_MAX}"
                raise EpcisError(BAD_EVENT, detail)
            yield mark, float(value)
    exception = report.get("exception")
    flag = report.get("booleanValue")
    if isinstance(exception, str):
        # An alarm that does not say false is one.
        yield f".{exception}", 0.0 if flag is False else 1.0
    elif isinstance(flag, bool):
        yield "", float(flag)


def _sensor(report: dict[str, Any], mark: str, prefixes: Prefixes) -> str:
    kind = word(str(report.get("type", "")), prefixes)
    if kind.startswith(OWN_SENSOR):
        kind = unquote(kind.removeprefix(OWN_SENSOR))
    component = report.get("component")
    part = f".{word(component, prefixes)}" if isinstance(component, str) else ""
    uom = report.get("uom")
    return f"{kind}{part}{mark}" + (f":{uom}" if isinstance(uom, str) else "")


def _qualified(report: dict[str, Any]) -> str:
    """Return what else tells the report from others: a substance, an extension."""
    names = [name for name in report if name in QUALIFIERS or ":" in name]
    told = [(name, report[name]) for name in sorted(names)]
    return "".join(f"#{name}={text}" for name, text in told if isinstance(text, str))
