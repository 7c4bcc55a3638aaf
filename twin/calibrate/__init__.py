"""The seam to forecasting for laws: what was seen to the parameters of a network.

Process, setup, repair and lead times, times to failure and yields are estimated from
events, with what was not yet over counted as such, and written as an overlay of the
network with its evidence.
"""

from twin.calibrate.calibration import Calibration, Settings, calibrate
from twin.calibrate.estimates import Estimate, estimate
from twin.calibrate.fidelity import Fidelity, fidelity, simulated_measures
from twin.calibrate.flow import (
    FlowForecast,
    FlowTimes,
    flow_times,
    forecast_flow,
)
from twin.calibrate.gathering import samples_of
from twin.calibrate.overlay import (
    Overlay,
    apply_overlay,
    calibrated_events,
    load_overlay,
    overlay_of,
    write_overlay,
)
from twin.calibrate.samples import Sample, Window

__all__ = [
    "Calibration",
    "Estimate",
    "Fidelity",
    "FlowForecast",
    "FlowTimes",
    "Overlay",
    "Sample",
    "Settings",
    "Window",
    "apply_overlay",
    "calibrate",
    "calibrated_events",
    "estimate",
    "fidelity",
    "flow_times",
    "forecast_flow",
    "load_overlay",
    "overlay_of",
    "samples_of",
    "simulated_measures",
    "write_overlay",
]
