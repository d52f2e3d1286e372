"""Calibration: one shift of all gate logits, to the nearest reachable structure."""

import math

import pytest
import torch
from gate_cases import BERT_BASE, new_gates
from hypothesis import given, settings
from hypothesis import strategies as st

from layersweep.model.gates import GateConfig, HardConcreteGates
from layersweep.model.sparsity import achieved_sparsity, calibrate_


@settings(max_examples=25)
@given(seed=st.integers(0, 1000), target=st.floats(0.05, 0.95), mean=st.floats(-4, 6))
def test_calibration_takes_the_nearest_reachable_structure(seed: int, target: float, mean: float) -> None:
    config = GateConfig(layers=2, heads=4, head_size=4, hidden_size=16, intermediate_size=32)
    gates = new_gates(config, seed, spread=1.5)
    gates.shift_logits_(mean - 5)
    before, shift = calibrate_(gates, target)
    after = achieved_sparsity(config, gates.deterministic())
    assert abs(after - target) <= abs(before - target) + 1e-12
    start = [logits.detach().clone() for logits in gates.parameters()]
    gates.calibration_shift = 0.0
    reachable = []
    for other in torch.linspace(-25, 25, 301).tolist():
        for logits, original in zip(gates.parameters(), start, strict=True):
            logits.data.copy_(original + other)
        reachable.append(achieved_sparsity(config, gates.deterministic()))
    nearest = min(abs(sparsity - target) for sparsity in reachable)
    assert abs(after - target) <= max(0.001, nearest) + 1e-12
    assert math.isfinite(shift)


@pytest.mark.parametrize("target", [0.3, 0.9])
def test_calibration_turns_units_off_or_on_and_leaves_the_values_of_the_others(target: float) -> None:
    config = GateConfig(layers=2, heads=4, head_size=4, hidden_size=16, intermediate_size=32)
    gates = new_gates(config, seed=3, spread=2.0)
    gates.shift_logits_(-8.0)
    before = dict(gates.deterministic().named())
    _, shift = calibrate_(gates, target)
    assert shift != 0
    for name, value in gates.deterministic().named():
        on_both = (value != 0) & (before[name] != 0)
        assert torch.equal(value[on_both], before[name][on_both])
    assert gates.expected_sparsity().item() == pytest.approx(target, abs=0.05)


def test_calibration_leaves_fitting_gates_alone() -> None:
    gates = new_gates(BERT_BASE, seed=1, spread=1.0)
    sparsity = achieved_sparsity(BERT_BASE, gates.deterministic())
    before = [logits.detach().clone() for logits in gates.parameters()]
    assert calibrate_(gates, sparsity + 0.0009) == (sparsity, 0.0)
    assert all(torch.equal(a, b) for a, b in zip(before, gates.parameters(), strict=True))


def test_calibration_of_bert_base_is_within_a_tenth_of_a_point() -> None:
    gates = HardConcreteGates(BERT_BASE, torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for logits in gates.parameters():
            logits.copy_(2.0 * torch.randn(logits.shape, generator=generator))
    calibrate_(gates, 0.8)
    assert achieved_sparsity(BERT_BASE, gates.deterministic()) == pytest.approx(0.8, abs=0.02)
