"""Stage `importance`: how much each teacher layer matters for the task, which selection `by-task` asks for."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from layersweep.data.rows import Row
from layersweep.data.tokens import TokenisedRows
from layersweep.generated import wire
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.runtime.context import StageContext
from layersweep.runtime.failures import requested
from layersweep.runtime.process import run_stage
from layersweep.stages.inputs import load_teacher, open_task, tokenise

MEASURED_ROWS = 1024
PROBE_BATCH = 64
HELD_OUT_SHARE = 0.25


def execute(context: StageContext) -> wire.Result:
    """Importance of each teacher layer [N] by a measure, over at most 1,024 training rows drawn alike for every run.

    `probe-accuracy`: of a linear probe on the mean token state, on a quarter of the rows held out (scores: R²).
    `cka-drop`: 1 - linear CKA between the mean token states below and above the layer (Kornblith et al. 2019).
    """
    assert isinstance(context.request, wire.RequestImportance)
    config = context.request.config
    data = open_task(context, config.task)
    teacher, tokenizer = load_teacher(context.input_dir("teacher"), data.info)
    with requested():
        chosen = _drawn(data.train())
    rows = tokenise(chosen, tokenizer, data.info, config.max_length)
    teacher.to(context.device, context.numerics.parameter_dtype).eval()

    context.events.started(None)
    states = _mean_states(context, teacher, rows)
    labels_n = rows.labels_N.numpy()
    measures: dict[str, Callable[[int], float]] = {
        "probe-accuracy": lambda layer: probe_score(states[layer + 1], labels_n, regression=data.info.labels is None),
        "cka-drop": lambda layer: 1 - linear_cka(states[layer], states[layer + 1]),
    }
    return wire.ResultImportance(
        key=context.request.key,
        provenance=context.provenance(0),
        measure=config.measure,
        importance=tuple(measures[config.measure](layer) for layer in range(len(states) - 1)),
        rows=len(rows),
    )


def linear_cka(x_nH: np.ndarray[Any, Any], y_nH: np.ndarray[Any, Any]) -> float:
    """Linear centred kernel alignment of two representations of the same rows, 0 to 1."""
    x_nH, y_nH = x_nH - x_nH.mean(0), y_nH - y_nH.mean(0)
    norms = np.linalg.norm(x_nH.T @ x_nH) * np.linalg.norm(y_nH.T @ y_nH)
    return float(np.linalg.norm(y_nH.T @ x_nH) ** 2 / norms) if norms > 0 else 1.0


def _drawn(rows: list[Row]) -> list[Row]:
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))
    return [rows[index] for index in order[:MEASURED_ROWS].tolist()]


@torch.no_grad()
def _mean_states(context: StageContext, teacher: MaskedClassifier, rows: TokenisedRows) -> list[np.ndarray[Any, Any]]:
    """Mean over counted tokens of embeddings and layer outputs, N + 1 arrays [n, H] in float64."""
    parts: list[list[Tensor]] = []
    for start in range(0, len(rows), PROBE_BATCH):
        context.stop_if_requested()
        batch = rows.batch(range(start, min(start + PROBE_BATCH, len(rows)))).to(context.device)
        with context.numerics.autocast():
            output = teacher(batch.input_ids_BT, batch.attention_mask_BT, batch.token_type_ids_BT)
        mask_BT1 = batch.attention_mask_BT.unsqueeze(-1).double()
        parts.append([(x.double() * mask_BT1).sum(1) / mask_BT1.sum(1) for x in output.hidden_states])
    return [torch.cat(layer).cpu().numpy() for layer in zip(*parts, strict=True)]


def probe_score(states_nH: np.ndarray[Any, Any], labels_n: np.ndarray[Any, Any], *, regression: bool) -> float:
    """Accuracy (scores: R²) of a linear probe [n, H] -> [n], of the first quarter of the rows, held out."""
    # R² of a single row is not a number.
    held_out = max(2 if regression else 1, round(HELD_OUT_SHARE * len(labels_n)))
    model = make_pipeline(StandardScaler(), Ridge() if regression else LogisticRegression(max_iter=1000))
    if not regression and len(set(labels_n[held_out:].tolist())) < 2:
        return float((labels_n[:held_out] == labels_n[-1]).mean())
    model.fit(states_nH[held_out:], labels_n[held_out:])
    return float(model.score(states_nH[:held_out], labels_n[:held_out]))


if __name__ == "__main__":
    sys.exit(run_stage("importance", execute))
