"""The tasks' metrics as GLUE defines them, 0 to 1 (correlations -1 to 1), through scikit-learn and scipy."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

from layersweep.generated.tasks import TaskInfo

Array = NDArray[np.float64]


def predictions(task: TaskInfo, logits_NC: Array) -> Array:
    """Class ids, or scores as they are."""
    return logits_NC[:, 0] if task.labels is None else logits_NC.argmax(1).astype(np.float64)


def task_metrics(task: TaskInfo, predicted_N: Array, labels_N: Sequence[float]) -> dict[str, float]:
    """Every metric of the task for one evaluation set. F1 is that of class 1. A constant prediction correlates 0."""
    labels = np.asarray(labels_N, dtype=np.float64)
    if task.labels is None:
        pearson, spearman = _correlation(pearsonr, predicted_N, labels), _correlation(spearmanr, predicted_N, labels)
        return {"combined_score": (pearson + spearman) / 2, "pearson": pearson, "spearmanr": spearman}
    found = {"accuracy": float(accuracy_score(labels, predicted_N))}
    if "f1" in task.metrics:
        found["f1"] = float(f1_score(labels, predicted_N, zero_division=0.0))
    if "matthews_correlation" in task.metrics:
        found["matthews_correlation"] = float(matthews_corrcoef(labels, predicted_N))
    return {name: found[name] for name in task.metrics if name in found}


def majority_metrics(task: TaskInfo, labels_N: Sequence[float]) -> dict[str, float]:
    """The metrics of always answering the most frequent class of these labels (regression: a constant)."""
    labels = np.asarray(labels_N, dtype=np.float64)
    if task.labels is None:
        return task_metrics(task, np.zeros_like(labels), labels_N)
    values, counts = np.unique(labels, return_counts=True)
    return task_metrics(task, np.full_like(labels, values[counts.argmax()]), labels_N)


def _correlation(function: object, predicted_N: Array, labels_N: Array) -> float:
    if len(labels_N) < 2 or np.ptp(predicted_N) == 0 or np.ptp(labels_N) == 0:
        return 0.0
    statistic = function(predicted_N, labels_N).statistic  # type: ignore[operator]  # scipy has no types
    return float(statistic)
