"""docs/strategies.md once more, as plainly as torch allows: every distance with gradient, every choice a loop."""

import itertools
import math
import random
from dataclasses import dataclass
from typing import Any

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

Spec = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """Inputs of one step: states as lists of [B, T, H], a transform, gates [S]."""

    teacher: list[Tensor]
    student: list[Tensor]
    transform: torch.nn.Linear
    head: Tensor | None
    mlp: Tensor | None
    mask: Tensor | None
    step: int = 0
    seed: int = 0
    epoch: int = 0
    expected_layers: float = 4.0
    importance: tuple[float, ...] = ()


def redraw_index(spec: Spec, case: Case) -> int:
    redraw = spec["schedule"]["redraw"]
    every = int(redraw.get("every", 1))
    return {"steps": case.step // every, "epoch": case.epoch, "once": 0}[str(redraw["kind"])]


def drawn_layers(spec: Spec, case: Case) -> list[int]:
    selection, n, index = spec["selection"], len(case.teacher), redraw_index(spec, case)
    k = selection.get("k", 0)
    rng = random.Random(case.seed * 2**32 + index)
    bounds = [math.floor(i * n / k) for i in range(k + 1)] if k else []
    floor = selection.get("firstLayerFloor", "none")
    match selection["kind"]:
        case "fixed":
            return list(selection["layers"])
        case "uniform":
            return uniform(n, k)
        case "all":
            return list(range(n))
        case "first":
            return list(range(k))
        case "last":
            return list(range(n - k, n))
        case "random":
            return floored(sorted(rng.sample(range(n), k)), floor)
        case "window":
            return floored([rng.sample(range(bounds[i], bounds[i + 1]), 1)[0] for i in range(k)], floor)
        case "random-plus-last":
            return [*sorted(rng.sample(range(n - 1), k - 1)), n - 1]
        case "cyclic-windows":
            return [bounds[i] + index % (bounds[i + 1] - bounds[i]) for i in range(k)]
        case "expected-sparsity":
            return uniform(n, min(n, max(selection["minLayers"], math.floor(case.expected_layers + 0.5))))
        case "by-task":
            return sorted(sorted(range(n), key=lambda i: (-case.importance[i], i))[:k])
    raise AssertionError(selection)


def uniform(n: int, k: int) -> list[int]:
    return [math.floor((i + 1) * n / k + 0.5) - 1 for i in range(k)]


def floored(drawn: list[int], floor: int | str) -> list[int]:
    if isinstance(floor, int):
        drawn[0] = max(floor, drawn[0])
    return drawn


def survivors(spec: Spec, case: Case) -> list[int]:
    layers = range(len(case.student))
    head = [True for _ in layers] if case.head is None else [z != 0 for z in case.head.tolist()]
    mlp = [True for _ in layers] if case.mlp is None else [z != 0 for z in case.mlp.tolist()]
    exists = {
        "all": [True for _ in layers],
        "head": head,
        "mlp": mlp,
        "head-or-mlp": [a or b for a, b in zip(head, mlp, strict=True)],
    }[spec["survivors"]]
    return [j for j in layers if exists[j]]


def distances(spec: Spec, case: Case, drawn: list[int]) -> Tensor:
    """All of them, [k, S], with gradient."""
    x = [case.transform(s) for s in case.student]
    return torch.stack([torch.stack([distance(spec, case, case.teacher[i], v) for v in x]) for i in drawn])


def distance(spec: Spec, case: Case, t: Tensor, x: Tensor) -> Tensor:
    normalisation = spec["normalisation"]
    unit_t, unit_x = (v / torch.linalg.vector_norm(v, dim=-1, keepdim=True).clamp(min=1e-8) for v in (t, x))
    per_token: Tensor = {
        "mse": ((t - x) ** 2).mean(-1),
        "cosine": 1 - (unit_t * unit_x).sum(-1),
        "l2-normalised": ((unit_t - unit_x) ** 2).sum(-1),
    }[str(normalisation["distance"])]
    if normalisation["padding"] == "counted":
        return per_token.mean()
    assert case.mask is not None
    counted = per_token[case.mask != 0]
    return counted.mean() if counted.numel() else x.sum() * 0


def align(spec: Spec, case: Case, drawn: list[int], alive: list[int], d_kS: Tensor) -> Tensor:
    """W [k, S] from distances; soft weights keep their gradient."""
    alignment, k = spec["alignment"], len(drawn)
    w_kS = torch.zeros_like(d_kS)
    if not alive:
        return w_kS
    d = d_kS.detach().tolist()
    for i, j in hard_pairs(alignment, drawn, alive, d, len(case.student)):
        w_kS[i, j] = 1.0
    if alignment["kind"] == "attention":
        scores = attention_scores(spec, case, drawn)
        w_kS[:, alive] = torch.softmax(scores[:, alive], dim=0)
    if alignment["kind"] == "sinkhorn":
        c = d_kS[:, alive] / torch.clamp(d_kS[:, alive].mean(), min=1e-12)
        eps, a, b = alignment["regularisation"], 1 / k, 1 / len(alive)
        f, g = torch.zeros(k, 1, dtype=c.dtype), torch.zeros(1, len(alive), dtype=c.dtype)
        for _ in range(alignment["iterations"]):
            g = -eps * torch.logsumexp((f - c) / eps, 0, keepdim=True) + eps * math.log(b)
            f = -eps * torch.logsumexp((g - c) / eps, 1, keepdim=True) + eps * math.log(a)
        w_kS[:, alive] = k * torch.exp((f + g - c) / eps)
    return w_kS if alignment.get("gradientThroughWeights") else w_kS.detach()


def attention_scores(spec: Spec, case: Case, drawn: list[int]) -> Tensor:
    x = [case.transform(s)[:, 0] for s in case.student]
    scale = spec["alignment"]["temperature"] * math.sqrt(x[0].shape[-1])
    return torch.stack([torch.stack([(case.teacher[i][:, 0] * v).sum(-1).mean() / scale for v in x]) for i in drawn])


Matrix = list[list[float]]
Pairs = list[tuple[int, int]]


def hard_pairs(alignment: Spec, drawn: list[int], alive: list[int], d: Matrix, layers: int) -> Pairs:
    rows = range(len(drawn))
    match alignment["kind"]:
        case "identity":
            return [(i, drawn[i]) for i in rows if drawn[i] in alive]
        case "reverse":
            return [(i, layers - 1 - drawn[i]) for i in rows if layers - 1 - drawn[i] in alive]
        case "all-to-one":
            return [(i, max(alive)) for i in rows]
        case "nearest":
            return [(i, min(alive, key=lambda j: (d[i][j], j))) for i in rows]
        case "student-to-teacher":
            return [(min(rows, key=lambda i: (d[i][j], i)), j) for j in alive]
        case "nearest-surviving":
            return [(i, nearest_surviving(drawn[i], alive, d[i])) for i in rows]
        case "ordered-greedy":
            return greedy(alignment, alive, d, layers)
        case "monotone":
            return monotone(alignment["repeats"], alive, d)
        case "one-to-one":
            found = linear_sum_assignment([[row[j] for j in alive] for row in d])
            return [(int(i), alive[int(c)]) for i, c in zip(*found, strict=True)]
    return []


def nearest_surviving(layer: int, alive: list[int], row: list[float]) -> int:
    if layer in alive:
        return layer
    options = [max((j for j in alive if j < layer), default=None), min((j for j in alive if j > layer), default=None)]
    return min((j for j in options if j is not None), key=lambda j: (row[j], j))


def greedy(alignment: Spec, alive: list[int], d: Matrix, layers: int) -> Pairs:
    top, k = alignment["from"] == "top", len(d)
    last, pairs = (layers if top else -1), list[tuple[int, int]]()
    for i in reversed(range(k)) if top else range(k):
        left = [j for j in alive if (j < last if top else j > last)]
        if left:
            last = min(left, key=lambda j: (d[i][j], j))
        if left or (pairs and alignment["fallback"] == "repeat"):
            pairs.append((i, last))
    return pairs


def monotone(repeats: bool, alive: list[int], d: Matrix) -> Pairs:
    """By trying all of them."""
    k = len(d)
    options: list[Pairs]
    if repeats:
        options = [list(enumerate(c)) for c in itertools.combinations_with_replacement(alive, k)]
    elif k <= len(alive):
        options = [list(enumerate(c)) for c in itertools.combinations(alive, k)]
    else:
        options = [list(zip(r, alive, strict=True)) for r in itertools.combinations(range(k), len(alive))]
    return min(options, key=lambda pairs: sum(d[i][j] for i, j in pairs))


def loss(spec: Spec, d_kS: Tensor, w_kS: Tensor) -> Tensor:
    total = (w_kS * d_kS)[w_kS != 0].sum()
    n = w_kS.sum()
    reduction = spec["normalisation"]["reduction"]
    if n == 0 or reduction["kind"] == "sum":
        return total
    return float(reduction.get("weight", 1.0)) * total / n
