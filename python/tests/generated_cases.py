"""Random steps for the tests of emitted modules."""

import dataclasses
from types import ModuleType
from typing import Any

import strategy_oracle as oracle
import torch
from torch import Tensor

N, B, T, H = 6, 3, 4, 5


def make_case(seed: int, kind: str) -> oracle.Case:
    """A random step: gates of any density, layers that are copies of others, zero states, one token, none counted."""
    g = torch.Generator().manual_seed(seed)
    pick = torch.randint(0, 1000, (8,), generator=g).tolist()
    tokens = 1 if pick[0] < 100 else T

    def states(width: int, scale: float) -> Tensor:
        return torch.randn(B, tokens, width, generator=g, dtype=torch.float64) * scale

    scale = 1e6 if kind == "large" else 1.0
    teacher = [states(H, scale) for _ in range(N)]
    student = [states(H + 1, scale) for _ in range(N)]
    if kind == "ties":
        student[3] = student[2].clone()
        student[1] = student[0].clone()
        teacher[4] = teacher[2].clone()
    if kind == "zero":
        teacher = [torch.zeros_like(t) for t in teacher]
        student = [torch.zeros_like(s) for s in student]
    density = pick[1] / 999

    def gate(absent: bool) -> Tensor | None:
        return None if absent else (torch.rand(N, generator=g) < density).float() * torch.rand(N, generator=g)

    transform = torch.nn.Linear(H + 1, H).double()
    with torch.no_grad():
        transform.weight.copy_(torch.randn(H, H + 1, generator=g))
        transform.bias.copy_(torch.zeros(H) if kind == "zero" else torch.randn(H, generator=g))
    mask = (torch.rand(B, tokens, generator=g) < (0.0 if pick[2] < 60 else 0.7)).long()
    return oracle.Case(
        teacher,
        [s.requires_grad_() for s in student],
        transform,
        gate(pick[3] < 150),
        gate(pick[4] < 150),
        mask,
        step=pick[5],
        seed=pick[6],
        epoch=pick[5] // 100,
        expected_layers=pick[7] / 100,
        importance=tuple(torch.randint(0, 4, (N,), generator=g).float().tolist()),
    )


def inputs_of(module: ModuleType, case: oracle.Case, **changes: Any) -> Any:
    inputs = module.LayerLossInputs(
        case.teacher,
        case.student,
        case.transform,
        case.head,
        case.mlp,
        step=case.step,
        seed=case.seed,
        attention_mask=case.mask,
        epoch=case.epoch,
        expected_layers=case.expected_layers,
        layer_importance=case.importance,
    )
    return dataclasses.replace(inputs, **changes)


def gradients(loss: Tensor, case: oracle.Case) -> list[Tensor]:
    wanted = [*case.student, case.transform.weight, case.transform.bias]
    found = torch.autograd.grad(loss, wanted, allow_unused=True)
    return [torch.zeros_like(w) if g is None else g for w, g in zip(wanted, found, strict=True)]
