"""Writes a probe file by the definitions of docs/strategies.md, with numpy and independent of all emitted code.

Reads one JSON object on stdin: path, strategy, strategyName, seed, dtype (float32 or float64), drawn, spoil (or null).
`spoil` names a tensor; one of its numbers is moved before the file is written.
"""

# B sequences, T tokens, H width, N teacher layers, S student layers, k selected layers

import json
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

Array = NDArray[np.floating[Any]]

N = S = 12
H = 24


def main() -> None:
    asked = json.load(sys.stdin)
    rng = np.random.default_rng(asked["seed"])
    dtype = np.dtype(asked["dtype"])
    weight_HH = (np.eye(H) + 0.05 * rng.standard_normal((H, H))).astype(dtype)
    bias_H = (0.1 * rng.standard_normal(H)).astype(dtype)
    head_S = (rng.random(S) < 0.5) * rng.random(S).astype(dtype)
    mlp_S = (rng.random(S) < 0.5) * rng.random(S).astype(dtype)
    head_S[3] = 0.7
    whole = states(rng, dtype, batch=4, tokens=8)
    few = {name: value[:, :2, :3] if value.ndim == 4 else value[:2, :3] for name, value in whole.items()}
    tensors = {"transform.weight_HH": weight_HH, "transform.bias_H": bias_H}
    tensors |= {"gates.head_layer_S": head_S.astype(dtype), "gates.mlp_S": mlp_S.astype(dtype)}
    tensors |= {f"slice.{name}": value for name, value in few.items()}
    for part, inputs in (("slice", few), ("step", whole)):
        made = layer_loss(asked["strategyName"], inputs, (weight_HH, bias_H), head_S, mlp_S, asked["drawn"])
        tensors |= {f"{part}.{name}": value for name, value in made.items()}
    if asked["spoil"] is not None:
        spoil(tensors, asked["spoil"])
    metadata = {
        "schemaVersion": 1,
        "step": 0,
        "epoch": 0,
        "strategyName": asked["strategyName"],
        "strategy": asked["strategy"],
        "moduleSha256": "0" * 64,
        "statesDtype": asked["dtype"],
        "computeDtype": asked["dtype"],
        "tf32": False,
        "device": "cpu",
        "seed": 5,
        "drawnLayers": asked["drawn"],
        "redrawIndex": 0,
        "expectedLayers": None,
        "layerImportance": None,
        "realigned": True,
    }
    contiguous = {name: np.array(value, order="C") for name, value in tensors.items()}
    save_file(contiguous, asked["path"], metadata={"probe": json.dumps(metadata)})


def states(rng: np.random.Generator, dtype: np.dtype[Any], batch: int, tokens: int) -> dict[str, Array]:
    """Layers that drift from one to the next, so that neighbours are near."""
    base = rng.standard_normal((batch, tokens, H))
    drift = np.cumsum(0.3 * rng.standard_normal((N, batch, tokens, H)), axis=0)
    student = drift + 0.2 * rng.standard_normal((S, batch, tokens, H))
    return {
        "teacher_states_NBTH": (base + drift).astype(dtype),
        "student_states_SBTH": (base + student).astype(dtype),
        "attention_mask_BT": np.ones((batch, tokens), dtype),
    }


def layer_loss(
    name: str, inputs: dict[str, Array], transform: tuple[Array, Array], head_S: Array, mlp_S: Array, drawn: list[int]
) -> dict[str, Array]:
    teacher_kBTH = inputs["teacher_states_NBTH"][drawn]
    weight_HH, bias_H = transform
    student_SBTH = inputs["student_states_SBTH"] @ weight_HH.T + bias_H
    distances_kS = ((teacher_kBTH[:, None] - student_SBTH[None]) ** 2).mean((2, 3, 4))
    scores_kS = np.einsum("ibh,jbh->ij", teacher_kBTH[:, :, 0], student_SBTH[:, :, 0])
    scores_kS = scores_kS / (len(teacher_kBTH[0]) * np.sqrt(H))
    alive_S = (head_S != 0) | (mlp_S != 0)
    made = {"distances_kS": distances_kS}
    if name == "alp-kd":
        weights_kS = np.exp(scores_kS - scores_kS.max(0))
        weights_kS = weights_kS / weights_kS.sum(0) * alive_S
        made["scores_kS"] = scores_kS
    elif name == "v3":
        weights_kS = np.eye(S)[distances_kS.argmin(1)]
    else:
        exists_S = head_S != 0 if name.startswith("published") else alive_S
        weights_kS = ordered(distances_kS, exists_S, by_rank=name.startswith("published"))
    total = (weights_kS * distances_kS).sum()
    loss = 4 * total / weights_kS.sum() if name == "alp-kd" else total
    dtype = distances_kS.dtype
    return made | {"weights_kS": weights_kS.astype(dtype), "loss": np.asarray(loss, dtype)}


def ordered(distances_kS: Array, exists_S: NDArray[np.bool_], by_rank: bool) -> Array:
    weights_kS = np.zeros_like(distances_kS)
    last = S
    for row in reversed(range(len(distances_kS))):
        layers = np.argsort(distances_kS[row], kind="stable")
        kept = layers[(layers < last) & (exists_S if by_rank else exists_S[layers])]
        if len(kept) > 0:
            last = int(kept[0])
        elif not by_rank:
            continue
        weights_kS[row, last] = 1
    return weights_kS


def spoil(tensors: dict[str, Array], name: str) -> None:
    if name.endswith("weights_kS"):
        row = tensors[name][-1]
        row[:] = np.roll(row, 1)
    else:
        values = tensors[name].reshape(-1).copy()
        values[-1] += 0.5 if name.endswith("BTH") else 0.001 * values[-1]
        tensors[name] = values.reshape(tensors[name].shape)


main()
