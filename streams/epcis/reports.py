"""Readings of machines to sensor reports: names of sensors taken apart again."""

import re
from typing import Any
from urllib.parse import quote

from streams.epcis.digest import short
from streams.epcis.identifiers import LINK, URI, parse_identifier
from streams.epcis.sensors import NUMBERS, OWN_SENSOR
from streams.events import MachineReading

# As `streams.epcis.sensors` puts them together: type, component, kind of number or
# alarm, unit, device; a sensor that reads otherwise is a type of its own.
SENSOR = re.compile(
    r"(?P<type>[A-Z][A-Za-z]+)(?:\.(?P<component>[a-z][a-z_]*))??"
    r"(?:\.(?P<mark>min|max|mean|sdev|percentile))?"
    r"(?P<exception>\.(?:ALARM|ERROR)_CONDITION)?"
    r"(?::(?P<uom>[A-Z0-9]{2,3}))?(?:@(?P<device>[^#@\s]+))?",
    re.ASCII,
)
FIELDS = {mark: name for name, mark in NUMBERS.items()}
MEASURED = frozenset(
    [
        "AbsoluteHumidity",
        "AbsorbedDose",
        "AbsorbedDoseRate",
        "Acceleration",
        "Altitude",
        "AmountOfSubstance",
        "AmountOfSubstancePerUnitVolume",
        "Angle",
        "AngularAcceleration",
        "AngularMomentum",
        "AngularVelocity",
        "Area",
        "Capacitance",
        "Conductance",
        "Conductivity",
        "Count",
        "Density",
        "Dimensionless",
        "DoseEquivalent",
        "DoseEquivalentRate",
        "DynamicViscosity",
        "ElectricCharge",
        "ElectricCurrent",
        "ElectricCurrentDensity",
        "ElectricFieldStrength",
        "Energy",
        "Exposure",
        "Force",
        "Frequency",
        "Illuminance",
        "Inductance",
        "Irradiance",
        "KinematicViscosity",
        "Length",
        "LinearMomentum",
        "Luminance",
        "LuminousFlux",
        "LuminousIntensity",
        "MagneticFlux",
        "MagneticFluxDensity",
        "MagneticVectorPotential",
        "Mass",
        "MassConcentration",
        "MassFlowRate",
        "MassPerAreaTime",
        "MemoryCapacity",
        "MolalityOfSolute",
        "MolarEnergy",
        "MolarMass",
        "MolarVolume",
        "Power",
        "Pressure",
        "Radioactivity",
        "RadiantFlux",
        "RadiantIntensity",
        "RelativeHumidity",
        "Resistance",
        "Resistivity",
        "SolidAngle",
        "SpecificVolume",
        "Speed",
        "SurfaceDensity",
        "SurfaceTension",
        "Temperature",
        "Time",
        "Torque",
        "Voltage",
        "Volume",
        "VolumeFlowRate",
        "VolumeFraction",
        "VolumetricFlux",
        "Wavenumber",
    ]
)
"""Types of measurement of the vocabulary (GS1 Web Vocabulary, `MeasurementType`)."""
COMPONENTS = frozenset(
    [
        "x",
        "y",
        "z",
        "axial_distance",
        "azimuth",
        "height",
        "spherical_radius",
        "polar_angle",
        "elevation_angle",
        "easting",
        "northing",
        "latitude",
        "longitude",
        "altitude",
    ]
)


def report_of(event: MachineReading) -> dict[str, Any]:
    """Return the sensor report of a reading.

    Parameters
    ----------
    event : MachineReading
        Its sensor is named as `streams.epcis.sensors` does, or otherwise.

    Returns
    -------
    dict
        A ``sensorReport`` of EPCIS 2.0 that reads as the same sensor again.

    Examples
    --------
    >>> hot = MachineReading(machine="M", sensor="Temperature.max:CEL", value=61.5)
    >>> report_of(hot)
    {'type': 'Temperature', 'maxValue': 61.5, 'uom': 'CEL'}
    >>> report_of(MachineReading(machine="M", sensor="heat 2", value=1.0))
    {'type': 'urn:millstream:sensor:heat%202', 'value': 1.0}
    """
    match = SENSOR.fullmatch(event.sensor)
    known = match is not None and match["type"] in MEASURED
    if match is None or not known or not _is_plain(match, event.value):
        kind = OWN_SENSOR + quote(short(event.sensor), safe="")
        return {"type": kind, "value": event.value}
    report: dict[str, Any] = {"type": match["type"]}
    if match["exception"]:
        report["exception"] = match["exception"][1:]
        report["booleanValue"] = event.value != 0
    else:
        mark = f".{match['mark']}" if match["mark"] else ""
        report[FIELDS[mark]] = event.value
    told = {"component": match["component"], "uom": match["uom"]}
    report |= {name: text for name, text in told.items() if text}
    if match["device"]:
        report["deviceID"] = _device_uri(match["device"])
    return report


def _is_plain(match: re.Match[str], value: float) -> bool:
    """Tell whether a report can say what the name of a sensor says."""
    component, device = match["component"], match["device"]
    if component is not None and component not in COMPONENTS:
        return False
    if match["exception"] and (match["mark"] or value not in {0.0, 1.0}):
        return False
    return device is None or parse_identifier(_device_uri(device)).path == device


def _device_uri(device: str) -> str:
    return device if URI.fullmatch(device) else LINK + device
