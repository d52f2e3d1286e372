"""The sparsity constraint: a Lagrangian with two maximised multipliers and a linear target."""

import torch
from torch import Tensor, nn


class Lagrangian(nn.Module):
    """lambda1 (s - t) + lambda2 (s - t)^2 with both multipliers starting at 0.

    The model minimises it and the multipliers maximise it: give `parameters()` an optimizer of their own with
    `maximize=True` (upstream: AdamW with a negative learning rate).
    """

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Parameter(torch.zeros(()))
        self.quadratic = nn.Parameter(torch.zeros(()))

    def forward(self, expected_sparsity: Tensor, target: float) -> Tensor:
        """Loss [] for an expected sparsity [] and the target of this step, both shares of 1."""
        excess = expected_sparsity - target
        return self.linear * excess + self.quadratic * excess**2


def target_sparsity(final: float, step: int, warmup_steps: int, start: float = 0.0) -> float:
    """Target at `step` (0-based, counted from the start of pruning): linear over the warm-up, then held."""
    if warmup_steps <= 0:
        return final
    return start + (final - start) * min(1.0, step / warmup_steps)
