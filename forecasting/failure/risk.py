"""Risk of failure from a table with any columns and a label."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

from forecasting.errors import OptionError, PanelError
from forecasting.series import FloatArray, IndexArray

RESTATES = "restates the label"
"""Why a column is not read that was made from the label."""

_N_FOLDS = 5  # each member is fitted once a fold
# A value tells the label if of so many rows with it at least this share have the label:
# fewer rows come together by chance, and a lower share is what good predictors have.
_PURE_ROWS_MIN, _PURE = 5, 0.98
# Area under the ROC curve of a number that tells the label; real sensors stay below.
_AREA = 0.999
_CATEGORIES_MAX = 100  # different values of a code; with more it is a name or a number
_N_MEMBERS = 3
_LOG_ODDS_MAX = 14.0  # a probability of a millionth from 0 or 1


@dataclass(frozen=True, slots=True, eq=False)
class RiskModel:
    """What was learned of a label.

    Attributes
    ----------
    label : str
        The column that is predicted.
    columns : tuple of str
        Columns that are read, in the order of the booster.
    categories : dict of str to tuple of str
        Values of each column of texts; others are taken as unknown.
    left_out : dict of str to str
        Columns that are not read, and why.
    members : tuple
        Classifiers of scikit-learn: a booster, one of small trees, and a linear one of
        normal scores.
    weights : ndarray of shape (n_members + 1,), float64
        Intercept, and what the log-odds of each member count, >= 0: as served best on
        rows the members had not seen.
    held_out : ndarray of shape (n_rows,), float64
        Probability of each row by members that had not seen its group; their weights
        are of all rows.
    """

    label: str
    columns: tuple[str, ...]
    categories: dict[str, tuple[str, ...]]
    left_out: dict[str, str]
    members: tuple[Any, ...]
    weights: FloatArray
    held_out: FloatArray


def fit_risk(
    table: pl.DataFrame,
    label: str,
    *,
    group: str | None = None,
    exclude: Sequence[str] = (),
    keep: Sequence[str] = (),
    seed: int = 0,
) -> RiskModel:
    """Learn a label from the other columns of a table.

    Columns that restate the label are left out, and said so: those of which a value (of
    at most a hundred, or being there at all) came in five rows or more and with the
    label in 98 % of them, and numbers that one cut divides as the label does, with an
    area under the ROC curve of 0.999 or more. So are times, texts with more than a
    hundred values, and columns that stand still.

    Parameters
    ----------
    table : polars.DataFrame
        One row a case.
    label : str
        Column of 0 and 1, or false and true; both must come.
    group : str or None
        Column of what rows belong to, such as a machine: rows of one group are never on
        both sides of a split, and the column itself is not read.
    exclude : sequence of str
        Columns that are not read.
    keep : sequence of str
        Columns that are read although they seem to restate the label.
    seed : int
        Of the booster and the folds.

    Returns
    -------
    RiskModel

    Raises
    ------
    PanelError
        If a column is missing or the label is none.
    OptionError
        If no column is left, or fewer groups than folds hold the label.

    References
    ----------
    Friedman (2001), Annals of Statistics 29, 1189-1232: gradient boosting.
    Wolpert (1992), Neural Networks 5, 241-259: members weighed by what they say of
    cases they have not seen. Platt (1999), Advances in Large Margin Classifiers, 61-74:
    the same curve makes probabilities of the scores.
    Kaufman, Rosset, Perlich (2012), ACM TKDD 6(4): leakage.
    """
    _require(table, [label, *exclude, *keep, *([] if group is None else [group])])
    target = _target(table, label)
    given = {label: "the label", **dict.fromkeys(exclude, "excluded by the caller")}
    if group is not None:
        given[group] = "the group"
    left_out = {
        name: why
        for name, why in _left_out(table, target, given).items()
        if not (why == RESTATES and name in keep)
    }
    columns = tuple(name for name in table.columns if name not in left_out)
    if not columns:
        msg = f"table: a column must be left to learn from, none was: {left_out}"
        raise OptionError(msg)
    categories = {
        name: tuple(sorted(table[name].drop_nulls().unique().to_list()))
        for name in columns
        if table.schema[name] == pl.String
    }
    inputs = _inputs(table, columns, categories)
    scores = np.empty((len(target), _N_MEMBERS))
    for train, rest in _folds(table, target, group, seed):
        members = _members(columns, categories, seed)
        scores[rest] = _scores(
            tuple(one.fit(inputs[train], target[train]) for one in members),
            inputs[rest],
        )
    weights = _weights(scores, target)
    members = _members(columns, categories, seed)
    return RiskModel(
        label=label,
        columns=columns,
        categories=categories,
        left_out=left_out,
        members=tuple(one.fit(inputs, target) for one in members),
        weights=weights,
        held_out=_probability(scores, weights),
    )


def predict_risk(model: RiskModel, table: pl.DataFrame) -> FloatArray:
    """Return the probability of the label for each row.

    Parameters
    ----------
    model : RiskModel
        From `fit_risk`.
    table : polars.DataFrame
        With the columns the model reads.

    Returns
    -------
    ndarray of shape (n_rows,), float64
        In (0, 1).

    Raises
    ------
    PanelError
        If a column is missing or of another kind.
    """
    _require(table, model.columns)
    inputs = _inputs(table, model.columns, model.categories)
    return _probability(_scores(model.members, inputs), model.weights)


def _require(table: pl.DataFrame, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in table.columns]
    if missing:
        msg = f"column {missing[0]!r} is missing; the table has {table.columns}"
        raise PanelError(msg)


def _target(table: pl.DataFrame, label: str) -> NDArray[np.bool_]:
    kind = table.schema[label]
    values = set(table[label].unique().to_list())
    if not (kind.is_numeric() or kind == pl.Boolean) or values != {0, 1}:
        shown = sorted(map(str, values))[:5]
        msg = (
            f"column {label!r}: a label must be 0 and 1, or false and true, and both "
            f"must come; was {kind} with {', '.join(shown)}"
        )
        raise PanelError(msg)
    return table[label].cast(pl.Boolean).to_numpy()


def _left_out(
    table: pl.DataFrame, target: NDArray[np.bool_], given: dict[str, str]
) -> dict[str, str]:
    found = dict(given)
    for name in table.columns:
        if name not in found:
            why = _reason(table[name], target)
            if why:
                found[name] = why
    return found


def _reason(column: pl.Series, target: NDArray[np.bool_]) -> str:
    """Say why a column is not read; empty if it is."""
    if column.dtype.is_float():
        column = column.fill_nan(None)
    n_values = column.drop_nulls().n_unique()
    if column.dtype == pl.String and n_values > _CATEGORIES_MAX:
        return f"{n_values} different texts"
    if not (
        column.dtype == pl.String
        or column.dtype.is_numeric()
        or column.dtype == pl.Boolean
    ):
        return f"{column.dtype} is neither number nor text"
    if n_values + bool(column.null_count()) <= 1:
        return "the same in every row"
    return RESTATES if _restates(column, target) else ""


def _restates(column: pl.Series, target: NDArray[np.bool_]) -> bool:
    known = column.is_not_null().to_numpy()
    marks = [known] if not known.all() else []
    values = column.drop_nulls().unique()
    if len(values) <= _CATEGORIES_MAX:  # flags and codes: any of their values may tell
        marks += [(column == v).fill_null(value=False).to_numpy() for v in values]
    for mark in marks:
        if mark.sum() >= _PURE_ROWS_MIN and target[mark].mean() >= _PURE:
            return True
    if column.dtype == pl.String:
        return False
    return _separates(column.cast(pl.Float64).to_numpy()[known], target[known])


def _separates(values: FloatArray, target: NDArray[np.bool_]) -> bool:
    """Whether one cut has nearly all rows with the label on one side of it.

    By the area under the ROC curve, from the ranks (Mann, Whitney 1947).
    """
    n_ones = int(target.sum())
    n_zeros = len(target) - n_ones
    if not n_ones or not n_zeros:
        return False
    ranks = rankdata(values)
    area = (ranks[target].sum() - 0.5 * n_ones * (n_ones + 1)) / (n_ones * n_zeros)
    return bool(max(area, 1.0 - area) >= _AREA)


def _inputs(
    table: pl.DataFrame,
    columns: tuple[str, ...],
    categories: dict[str, tuple[str, ...]],
) -> FloatArray:
    made = np.empty((table.height, len(columns)))
    for k, name in enumerate(columns):
        column = table[name]
        if (column.dtype == pl.String) != (name in categories):
            msg = f"column {name!r}: must be as it was learned, was {column.dtype}"
            raise PanelError(msg)
        if name in categories:
            codes = {text: float(code) for code, text in enumerate(categories[name])}
            column = column.replace_strict(codes, default=None, return_dtype=pl.Float64)
        made[:, k] = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return made


def _members(
    columns: tuple[str, ...], categories: dict[str, tuple[str, ...]], seed: int
) -> tuple[Any, ...]:
    texts = [name in categories for name in columns]
    booster = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.06, max_leaf_nodes=15, min_samples_leaf=10,
        l2_regularization=1.0, categorical_features=texts, early_stopping=False,
        random_state=seed,
    )  # fmt: skip
    # For labels so rare that the other learns single cases by heart.
    cautious = HistGradientBoostingClassifier(
        max_iter=60, learning_rate=0.05, max_leaf_nodes=6, min_samples_leaf=50,
        l2_regularization=5.0, max_features=0.3, categorical_features=texts,
        early_stopping=False, random_state=seed,
    )  # fmt: skip
    linear = make_pipeline(
        SimpleImputer(keep_empty_features=True),
        QuantileTransformer(
            n_quantiles=200, output_distribution="normal", subsample=None
        ),
        LogisticRegression(C=0.1, max_iter=500),
    )
    return booster, cautious, linear


def _scores(members: tuple[Any, ...], inputs: FloatArray) -> FloatArray:
    """Return the log-odds of each member, shape (n_rows, n_members)."""
    return np.stack([one.decision_function(inputs) for one in members], axis=1)


def _weights(scores: FloatArray, target: NDArray[np.bool_]) -> FloatArray:
    """Return the intercept and the weights of least logarithmic loss, none below 0."""
    sign = np.where(target, 1.0, -1.0)
    held = np.column_stack(
        (np.ones(len(sign)), np.clip(scores, -_LOG_ODDS_MAX, _LOG_ODDS_MAX))
    )

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        margin = sign * (held @ weights)
        pull = -sign / (1.0 + np.exp(np.clip(margin, -500.0, 500.0)))
        return float(np.logaddexp(0.0, -margin).sum()), held.T @ pull

    bounds = [(None, None), *[(0.0, None)] * _N_MEMBERS]
    start = np.concatenate(([0.0], np.full(_N_MEMBERS, 1.0 / _N_MEMBERS)))
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    return np.asarray(found.x, dtype=np.float64)


def _probability(scores: FloatArray, weights: FloatArray) -> FloatArray:
    inside = np.clip(scores, -_LOG_ODDS_MAX, _LOG_ODDS_MAX)
    log_odds = np.clip(weights[0] + inside @ weights[1:], -_LOG_ODDS_MAX, _LOG_ODDS_MAX)
    found: FloatArray = 1.0 / (1.0 + np.exp(-log_odds))
    return found


def _folds(
    table: pl.DataFrame, target: NDArray[np.bool_], group: str | None, seed: int
) -> list[tuple[IndexArray, IndexArray]]:
    n_ones = int(target.sum())
    if group is None:
        if min(n_ones, len(target) - n_ones) < _N_FOLDS:
            msg = (
                f"label: each value must come {_N_FOLDS} times, true came {n_ones} "
                f"times in {len(target)} rows"
            )
            raise OptionError(msg)
        split = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=seed)
        return list(split.split(target, target))
    codes = table[group].rank("dense").to_numpy()
    n_failed = len(np.unique(codes[target]))
    if n_failed < _N_FOLDS:
        msg = (
            f"group {group!r}: the label must come in {_N_FOLDS} groups at least, came "
            f"in {n_failed}"
        )
        raise OptionError(msg)
    # Groups with the label are dealt out first, so that every fold has some.
    has_label = np.isin(codes, codes[target])
    folds = np.zeros(len(codes), dtype=np.int64)
    for part in (has_label, ~has_label):
        names = np.unique(codes[part])
        order = np.random.Generator(np.random.Philox(seed)).permutation(len(names))
        folds[part] = (order % _N_FOLDS)[np.searchsorted(names, codes[part])]
    return [
        (np.flatnonzero(folds != k), np.flatnonzero(folds == k))
        for k in range(_N_FOLDS)
    ]
