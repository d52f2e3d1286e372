"""Gates: upstream's constants, sampling, and the deterministic rule."""

import math

import pytest
import torch
from gate_cases import BERT_BASE, SMALL, at_means, new_gates
from hypothesis import given, settings
from hypothesis import strategies as st

from layersweep.model.gates import GateConfig, HardConcreteGates
from layersweep.model.sparsity import prunable_size


def test_keep_probability_has_upstreams_constants() -> None:
    gates = at_means(BERT_BASE)
    keep = gates.keep_probabilities().intermediate_LI
    assert keep is not None
    assert keep[0, 0].item() == pytest.approx(0.831822, abs=5e-7)
    for logit, expected in [(math.log(100), 0.99798), (-math.log(100), 0.0471)]:
        with torch.no_grad():
            gates.logits["intermediate_LI"].fill_(logit)
        keep = gates.keep_probabilities().intermediate_LI
        assert keep is not None
        assert keep[0, 0].item() == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(("offset", "alive"), [(1e-9, True), (-1e-9, False)])
def test_a_sublayer_is_dropped_below_the_threshold(offset: float, alive: bool) -> None:
    gates = at_means(SMALL)
    with torch.no_grad():
        gates.logits["attention_layer_L"].fill_(-1.598596848532247 + offset)
    z = gates.deterministic().attention_layer_L
    assert z is not None
    assert bool((z != 0).all()) is alive


def test_initial_expected_sparsity_before_and_after_the_first_clamp() -> None:
    gates = at_means(BERT_BASE)
    assert prunable_size(BERT_BASE) == 85_017_600
    assert gates.expected_sparsity().item() == pytest.approx(0.112571, abs=5e-7)
    gates.clamp_logits_()
    assert gates.expected_sparsity().item() == pytest.approx(0.116799, abs=5e-7)


def test_the_clamp_bounds_the_reachable_expected_sparsity() -> None:
    gates = at_means(BERT_BASE)
    reachable = []
    for shift in (100.0, -200.0):
        gates.shift_logits_(shift)
        gates.clamp_logits_()
        reachable.append(gates.expected_sparsity().item())
    assert reachable == pytest.approx([0.0066, 0.9999], abs=5e-4)
    assert gates.expected_sparsity_range() == pytest.approx(reachable)


def test_initial_logits_have_upstreams_means_and_spread() -> None:
    gates = HardConcreteGates(BERT_BASE, torch.Generator().manual_seed(3))
    intermediate, hidden = gates.logits["intermediate_LI"], gates.logits["hidden_H"]
    assert intermediate.mean().item() == pytest.approx(0, abs=3e-4)
    assert intermediate.std().item() == pytest.approx(0.01, rel=0.02)
    assert hidden.mean().item() == pytest.approx(10, abs=2e-3)
    again = HardConcreteGates(BERT_BASE, torch.Generator().manual_seed(3))
    assert all(torch.equal(a, b) for a, b in zip(gates.parameters(), again.parameters(), strict=True))


def test_samples_follow_the_hard_concrete_distribution() -> None:
    config = GateConfig(
        layers=1, heads=1, head_size=1, hidden_size=200_000, intermediate_size=1, gates=("hidden",), initial_logit=-1.0
    )
    gates = at_means(config)
    generator = torch.Generator().manual_seed(5)
    z = gates.sample(generator).hidden_H
    assert z is not None
    keep = 1 - 1 / (1 + math.exp(-(2 / 3 * math.log(0.1 / 1.1) + 1.0)))
    standard_error = math.sqrt(keep * (1 - keep) / z.numel())
    assert (z != 0).double().mean().item() == pytest.approx(keep, abs=4 * standard_error)
    assert 0 <= z.min().item() <= z.max().item() <= 1
    # P(z = 1) = P(y > (1 - a) / (b - a)), by the same distribution function.
    top = 1 / (1 + math.exp(2 / 3 * math.log(11) + 1.0))
    assert (z == 1).double().mean().item() == pytest.approx(top, abs=4 * standard_error)


def test_samples_repeat_with_the_generator_and_leave_the_global_state_alone() -> None:
    gates = new_gates(SMALL, spread=2.0)
    state = torch.random.get_rng_state()
    first, second = (gates.sample(torch.Generator().manual_seed(7)) for _ in range(2))
    assert all(torch.equal(a, b) for (_, a), (_, b) in zip(first.named(), second.named(), strict=True))
    assert torch.equal(state, torch.random.get_rng_state())
    total = torch.stack([value.sum() for _, value in first.named()]).sum()
    total.backward()  # type: ignore[no-untyped-call]
    assert all(logits.grad is not None for logits in gates.parameters())


def upstream_group(logits: list[float]) -> list[float]:
    """The deterministic rule once more, in plain Python."""
    keep = [1 - 1 / (1 + math.exp(-(2 / 3 * math.log(1 / 11) - logit))) for logit in logits]
    zeros = round(len(logits) - sum(min(max(p, 1e-6), 1 - 1e-6) for p in keep))
    soft = [1 / (1 + math.exp(-logit / (2 / 3) * 0.8)) for logit in logits]
    for index in sorted(range(len(logits)), key=lambda i: logits[i])[:zeros]:
        soft[index] = 0.0
    return soft


@settings(max_examples=60)
@given(seed=st.integers(0, 10_000), spread=st.floats(0.1, 6), shift=st.floats(-8, 4))
def test_deterministic_gates_follow_the_rule_in_each_layer(seed: int, spread: float, shift: float) -> None:
    gates = new_gates(GateConfig(layers=3, heads=4, head_size=2, hidden_size=8, intermediate_size=9), seed, spread)
    gates.shift_logits_(shift)
    for name, z in gates.deterministic().named():
        groups = gates.logits[name].reshape(-1, 1) if name.endswith("layer_L") else gates.logits[name]
        expected = [upstream_group(group.tolist()) for group in groups.reshape(-1, groups.shape[-1])]
        torch.testing.assert_close(z.reshape(len(expected), -1), torch.tensor(expected, dtype=torch.float64))


def test_half_a_unit_is_rounded_to_even() -> None:
    threshold = 2 / 3 * math.log(1 / 11)
    for units, zeros in [(1, 0), (3, 2), (5, 2), (7, 4)]:
        config = GateConfig(layers=1, heads=1, head_size=1, hidden_size=1, intermediate_size=units)
        gates = at_means(config)
        with torch.no_grad():
            gates.logits["intermediate_LI"].fill_(threshold)
        z = gates.deterministic().intermediate_LI
        assert z is not None
        assert int((z == 0).sum()) == zeros


def test_unknown_gates_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected gates among heads, .*got embeddings"):
        GateConfig(layers=1, heads=1, head_size=1, hidden_size=1, intermediate_size=1, gates=("embeddings",))  # type: ignore[arg-type]
