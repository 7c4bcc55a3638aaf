"""Labels learned from tables: AI4I 2020, and an extract of Backblaze's drives."""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.result import Result
from benchmarks.workloads.demand.data import folder
from forecasting.failure import fit_risk, predict_risk

SETS = (
    ("AI4I", "ai4i2020_first6000", "MachineFailure", None,
     {"TWF", "HDF", "PWF", "OSF"}),
    ("Backblaze", "backblaze_smart_extract_half0", "failure_next_7d", "serial_number",
     {"days_to_failure", "within_failure_horizon"}),
)  # fmt: skip
N_FOLDS = 5


def labels(*, quick: bool = False) -> list[Result]:
    """Area under precision and recall out of fold, beside two plain models."""
    results = []
    for name, file, label, group, leaks in SETS[:1] if quick else SETS:
        table = pl.read_parquet(folder() / f"{file}.parquet")
        truth = table[label].to_numpy().astype(bool)
        fold = _folds(table, truth, group, n_folds=2 if quick else N_FOLDS)
        found = {
            key: np.full(len(truth), np.nan) for key in ("ours", "logistic", "booster")
        }
        sound = True
        for k in np.unique(fold):
            past, asked = table.filter(fold != k), table.filter(fold == k)
            model = fit_risk(past, label, group=group)
            sound &= leaks <= set(model.left_out)
            found["ours"][fold == k] = predict_risk(model, asked.drop(label))
            plain = [name for name in model.columns if name not in model.categories]
            for key, made in _plain(past.select(plain), truth[fold != k]).items():
                inside = made.predict_proba(asked.select(plain).to_numpy())[:, 1]
                found[key][fold == k] = inside
        sound &= all(bool(((p >= 0.0) & (p <= 1.0)).all()) for p in found.values())
        areas = {key: average_precision_score(truth, p) for key, p in found.items()}
        briers = {key: brier_score_loss(truth, p) for key, p in found.items()}
        results += [
            Result(
                name=f"{name}: area under precision and recall, beside {peer}",
                value=areas["ours"],
                unit="1",
                peer=peer,
                peer_value=areas[peer],
                checked=sound,
            )
            for peer in ("logistic", "booster")
        ]
        results += [
            Result(name=f"{name}: Brier score", value=briers["ours"], unit="1",
                   peer="booster", peer_value=briers["booster"], checked=sound),
            Result(name=f"{name}: share with the label", value=float(truth.mean()),
                   unit="1", checked=sound),
        ]  # fmt: skip
    return results


def _plain(
    past: pl.DataFrame, truth: NDArray[np.bool_]
) -> dict[str, LogisticRegression | HistGradientBoostingClassifier]:
    logistic = make_pipeline(
        SimpleImputer(keep_empty_features=True), StandardScaler(),
        LogisticRegression(max_iter=1_000),
    )  # fmt: skip
    booster = HistGradientBoostingClassifier(random_state=0)
    inputs = past.to_numpy()
    return {
        "logistic": logistic.fit(inputs, truth),
        "booster": booster.fit(inputs, truth),
    }


def _folds(
    table: pl.DataFrame, truth: NDArray[np.bool_], group: str | None, *, n_folds: int
) -> NDArray[np.int64]:
    """Deal rows, or groups, into folds, those with the label first."""
    codes = (
        np.arange(len(truth))
        if group is None
        else table[group].rank("dense").to_numpy()
    )
    rng, fold = np.random.default_rng(3), np.empty(len(truth), np.int64)
    has = np.isin(codes, codes[truth])
    for part in (has, ~has):
        names = np.unique(codes[part])
        dealt = rng.permutation(np.arange(len(names)) % n_folds)
        fold[part] = dealt[np.searchsorted(names, codes[part])]
    return fold
