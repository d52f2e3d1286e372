"""Logits and metrics of a model on an evaluation set."""

from collections.abc import Callable

import numpy as np
import torch

from layersweep.data.metrics import Array, predictions, task_metrics
from layersweep.data.tokens import Batch, TokenisedRows
from layersweep.generated.tasks import TaskInfo
from layersweep.model.ops import ClassifierOutput
from layersweep.runtime.numerics import Numerics

Forward = Callable[[Batch], ClassifierOutput]
EVALUATION_BATCH = 64


@torch.no_grad()
def logits_of(
    forward: Forward, rows: TokenisedRows, numerics: Numerics, check: Callable[[], None] = lambda: None
) -> Array:
    """Logits [N, C] in the order of the rows; `forward` runs on batches of rows of like length. `check` may raise."""
    by_length = np.argsort(rows.lengths_N, kind="stable")[::-1]
    parts = []
    for start in range(0, len(rows), EVALUATION_BATCH):
        check()
        batch = rows.batch(by_length[start : start + EVALUATION_BATCH].tolist()).to(numerics.device)
        with numerics.autocast():
            parts.append(forward(batch).logits_BC.double())
    logits_NC = torch.cat(parts).cpu().numpy()
    result: Array = np.empty_like(logits_NC)
    result[by_length] = logits_NC
    return result


def score(
    forward: Forward,
    rows: TokenisedRows,
    task: TaskInfo,
    numerics: Numerics,
    check: Callable[[], None] = lambda: None,
) -> dict[str, float]:
    """The task's metrics on these rows."""
    logits_NC = logits_of(forward, rows, numerics, check)
    return task_metrics(task, predictions(task, logits_NC), rows.labels_N.tolist())
