"""Failures of machines: how long they last, how sure that is, when to step in."""

from forecasting.failure.alarms import (
    AlarmRecord,
    AlarmRule,
    Alarms,
    choose_alarm,
    cross_validated_alarms,
    find_alarms,
    judge_alarms,
)
from forecasting.failure.drivers import sensor_effects
from forecasting.failure.features import (
    FeatureScale,
    feature_scale,
    features,
)
from forecasting.failure.fusion import Fusion, fit_fusion, fused_features
from forecasting.failure.hazard import (
    HazardModel,
    HazardOptions,
    fit_hazard,
    predict_hazard,
    survival,
)
from forecasting.failure.lifetables import (
    Incidence,
    MeanCount,
    Survival,
    cumulative_incidence,
    kaplan_meier,
    mean_count,
)
from forecasting.failure.maintenance import (
    Costs,
    Window,
    best_age,
    maintenance_window,
    renewal_rate,
    stopping_rate,
    stopping_times,
)
from forecasting.failure.pooling import (
    PooledLives,
    fit_pooled_lives,
    pooled_survival,
)
from forecasting.failure.readings import Readings
from forecasting.failure.recurrent import PowerLaw, expected_events, fit_power_law
from forecasting.failure.risk import RiskModel, fit_risk, predict_risk
from forecasting.failure.rul import (
    RulForecast,
    RulModel,
    RulOptions,
    cycles_left,
    failure_probability,
    fit_rul,
    hazard_after,
    held_out_forecast,
    predict_rul,
)
from forecasting.failure.sensors import (
    FINDINGS,
    SensorModel,
    SensorOptions,
    Watched,
    fit_sensors,
    watch_sensors,
)

__all__ = [
    "FINDINGS",
    "AlarmRecord",
    "AlarmRule",
    "Alarms",
    "Costs",
    "FeatureScale",
    "Fusion",
    "HazardModel",
    "HazardOptions",
    "Incidence",
    "MeanCount",
    "PooledLives",
    "PowerLaw",
    "Readings",
    "RiskModel",
    "RulForecast",
    "RulModel",
    "RulOptions",
    "SensorModel",
    "SensorOptions",
    "Survival",
    "Watched",
    "Window",
    "best_age",
    "choose_alarm",
    "cross_validated_alarms",
    "cumulative_incidence",
    "cycles_left",
    "expected_events",
    "failure_probability",
    "feature_scale",
    "features",
    "find_alarms",
    "fit_fusion",
    "fit_hazard",
    "fit_pooled_lives",
    "fit_power_law",
    "fit_risk",
    "fit_rul",
    "fit_sensors",
    "fused_features",
    "hazard_after",
    "held_out_forecast",
    "judge_alarms",
    "kaplan_meier",
    "maintenance_window",
    "mean_count",
    "pooled_survival",
    "predict_hazard",
    "predict_risk",
    "predict_rul",
    "renewal_rate",
    "sensor_effects",
    "stopping_rate",
    "stopping_times",
    "survival",
    "watch_sensors",
]
