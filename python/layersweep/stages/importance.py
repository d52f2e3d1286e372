"""How much each teacher layer matters for the task, measured on training rows: what selection `by-task` asks for."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from layersweep.data.tokens import TokenisedRows
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.runtime.context import StageContext
from layersweep.runtime.files import write_json
from layersweep.runtime.numerics import Numerics
from layersweep.stages.inputs import Rows

IMPORTANCE_FILE = "importance.json"
MEASURED_ROWS = 1024
PROBE_BATCH = 64
HELD_OUT_SHARE = 0.25


def teacher_importance(measure: str, teacher: MaskedClassifier, rows: Rows, context: StageContext) -> list[float]:
    """Importance of each teacher layer [N] by a measure, over at most 1,024 training rows drawn alike for every run.

    `probe-accuracy`: of a linear probe on the mean token state, on a quarter of the rows held out (scores: R²).
    `cka-drop`: 1 - linear CKA between the mean token states below and above the layer (Kornblith et al. 2019).
    Also written to importance.json.
    """
    chosen = torch.randperm(len(rows.train), generator=torch.Generator().manual_seed(0))[:MEASURED_ROWS].tolist()
    states = _mean_states(teacher.eval(), rows.train, chosen, context.numerics)
    labels_n = rows.train.labels_N[chosen].numpy()
    measures: dict[str, Callable[[int], float]] = {
        "probe-accuracy": lambda layer: _probe(states[layer + 1], labels_n, regression=rows.regression),
        "cka-drop": lambda layer: 1 - linear_cka(states[layer], states[layer + 1]),
    }
    importance = [measures[measure](layer) for layer in range(len(states) - 1)]
    write_json(context.stage_dir / IMPORTANCE_FILE, {"schemaVersion": 1, "measure": measure, "importance": importance})
    return importance


def linear_cka(x_nH: np.ndarray[Any, Any], y_nH: np.ndarray[Any, Any]) -> float:
    """Linear centred kernel alignment of two representations of the same rows, 0 to 1."""
    x_nH, y_nH = x_nH - x_nH.mean(0), y_nH - y_nH.mean(0)
    norms = np.linalg.norm(x_nH.T @ x_nH) * np.linalg.norm(y_nH.T @ y_nH)
    return float(np.linalg.norm(y_nH.T @ x_nH) ** 2 / norms) if norms > 0 else 1.0


@torch.no_grad()
def _mean_states(
    teacher: MaskedClassifier, rows: TokenisedRows, chosen: list[int], numerics: Numerics
) -> list[np.ndarray[Any, Any]]:
    """Mean over counted tokens of embeddings and layer outputs, N + 1 arrays [n, H] in float64."""
    parts: list[list[Tensor]] = []
    for start in range(0, len(chosen), PROBE_BATCH):
        batch = rows.batch(chosen[start : start + PROBE_BATCH]).to(numerics.device)
        with numerics.autocast():
            output = teacher(batch.input_ids_BT, batch.attention_mask_BT, batch.token_type_ids_BT)
        mask_BT1 = batch.attention_mask_BT.unsqueeze(-1).double()
        parts.append([(x.double() * mask_BT1).sum(1) / mask_BT1.sum(1) for x in output.hidden_states])
    return [torch.cat(layer).cpu().numpy() for layer in zip(*parts, strict=True)]


def _probe(states_nH: np.ndarray[Any, Any], labels_n: np.ndarray[Any, Any], *, regression: bool) -> float:
    held_out = max(1, round(HELD_OUT_SHARE * len(labels_n)))
    model = make_pipeline(StandardScaler(), Ridge() if regression else LogisticRegression(max_iter=1000))
    if not regression and len(set(labels_n[held_out:].tolist())) < 2:
        return float((labels_n[:held_out] == labels_n[-1]).mean())
    model.fit(states_nH[held_out:], labels_n[held_out:])
    return float(model.score(states_nH[:held_out], labels_n[:held_out]))
