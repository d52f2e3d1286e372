"""The Lagrangian: its target and its multipliers over the steps."""

import pytest
import torch

from layersweep.model.lagrangian import Lagrangian, target_sparsity


def test_the_target_rises_linearly_and_is_held() -> None:
    assert [target_sparsity(0.8, step, 4) for step in (0, 1, 2, 4, 9)] == pytest.approx([0, 0.2, 0.4, 0.8, 0.8])
    assert target_sparsity(0.8, 0, 0) == 0.8


def test_multipliers_rise_while_the_model_is_too_dense() -> None:
    lagrangian = Lagrangian()
    optimizer = torch.optim.AdamW(lagrangian.parameters(), lr=0.01, weight_decay=0.0, maximize=True)
    sparsity = torch.tensor(0.2, requires_grad=True)
    assert lagrangian(sparsity, 0.6).item() == 0
    for _ in range(2):
        optimizer.zero_grad()
        loss = lagrangian(sparsity, 0.6)
        loss.backward()
        optimizer.step()
    # Too dense: lambda1 falls below 0 and lambda2 rises, so both terms push the sparsity up.
    assert lagrangian.linear.item() == pytest.approx(-0.02, rel=1e-3)
    assert lagrangian.quadratic.item() == pytest.approx(0.02, rel=1e-3)
    assert lagrangian(sparsity, 0.6).item() == pytest.approx(-0.02 * -0.4 + 0.02 * 0.16, rel=1e-3)
