"""Gates: upstream's constants, sampling, the deterministic rule, and expected sizes against counting."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from layersweep.model.gates import GATE_NAMES, GateConfig, GateName, Gates, HardConcreteGates
from layersweep.model.lagrangian import Lagrangian, target_sparsity
from layersweep.model.reach import check_target
from layersweep.model.sizes import expected_size
from layersweep.model.sparsity import achieved_sparsity, calibrate_, prunable_size, structure_of

BERT_BASE = GateConfig(layers=12, heads=12, head_size=64, hidden_size=768, intermediate_size=3072)
SMALL = GateConfig(layers=2, heads=2, head_size=3, hidden_size=6, intermediate_size=5)


def new_gates(config: GateConfig, seed: int = 0, spread: float = 0.0) -> HardConcreteGates:
    generator = torch.Generator().manual_seed(seed)
    gates = HardConcreteGates(config, generator, torch.float64)
    with torch.no_grad():
        for logits in gates.logits.values():
            logits.add_(spread * torch.randn(logits.shape, generator=generator))
    return gates


def at_means(config: GateConfig) -> HardConcreteGates:
    gates = new_gates(config)
    with torch.no_grad():
        for name, logits in gates.logits.items():
            logits.fill_(config.initial_intermediate_logit if name == "intermediate_LI" else config.initial_logit)
    return gates


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


def test_a_dense_model_reports_the_biases_as_missing() -> None:
    dense = structure_of(BERT_BASE, Gates())
    assert dense.sparsity == pytest.approx(0.000976, abs=5e-7)
    assert dense.parameters == 85_054_464
    assert dense.parameter_sparsity == 0
    assert dense.expected_sparsity is None


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


def brute_force_size(config: GateConfig, keep: Gates) -> float:
    """Expected number of parameters by going through every on/off state of every gate."""
    tables = {name: value.reshape(-1).tolist() for name, value in keep.named()}
    flat = [(name, index, p) for name, values in tables.items() for index, p in enumerate(values)]
    total = 0.0
    for states in itertools.product((0, 1), repeat=len(flat)):
        probability = 1.0
        on: dict[tuple[str, int], int] = {}
        for (name, index, p), state in zip(flat, states, strict=True):
            probability *= p if state else 1 - p
            on[name, index] = state
        hidden = sum(on.get(("hidden_H", h), 1) for h in range(config.hidden_size))
        for layer in range(config.layers):
            for head in range(config.heads):
                alive = on.get(("attention_layer_L", layer), 1) * on.get(("heads_LN", layer * config.heads + head), 1)
                rows = 4 * hidden * config.head_size
                # Upstream spreads a head's biases over the hidden dimensions.
                biases = 3 * config.head_size + config.hidden_size / config.heads
                total += probability * alive * (rows + biases * hidden / config.hidden_size)
            for unit in range(config.intermediate_size):
                key = ("intermediate_LI", layer * config.intermediate_size + unit)
                alive = on.get(("feed_forward_layer_L", layer), 1) * on.get(key, 1)
                biases = (config.hidden_size + config.intermediate_size) // config.intermediate_size
                total += probability * alive * (2 * hidden + (biases if keep.hidden_H is None else 0))
    return total


GATE_SETS: list[tuple[GateName, ...]] = [
    GATE_NAMES,
    ("heads", "intermediate", "attention-layer", "feed-forward-layer"),
    ("hidden", "heads"),
    ("attention-layer",),
]


@pytest.mark.parametrize("names", GATE_SETS)
def test_expected_size_is_the_mean_over_all_states(names: tuple[GateName, ...]) -> None:
    config = GateConfig(layers=2, heads=2, head_size=2, hidden_size=4, intermediate_size=2, gates=names)
    gates = new_gates(config, seed=11, spread=3.0)
    gates.shift_logits_(-5.0)
    brute = brute_force_size(config, gates.keep_probabilities())
    assert gates.expected_size().item() == pytest.approx(brute, rel=1e-12)
    assert expected_size(config, gates.keep_probabilities()).item() == pytest.approx(brute, rel=1e-12)


def test_expected_layers_counts_layers_with_either_sublayer() -> None:
    gates = new_gates(SMALL, seed=2, spread=1.0)
    gates.shift_logits_(-11.0)
    keep = gates.keep_probabilities()
    assert keep.attention_layer_L is not None
    assert keep.feed_forward_layer_L is not None
    pairs = zip(keep.attention_layer_L.tolist(), keep.feed_forward_layer_L.tolist(), strict=True)
    assert gates.expected_layers().item() == pytest.approx(sum(a + f - a * f for a, f in pairs))


def test_gradients_of_the_expected_sparsity_match_finite_differences() -> None:
    gates = new_gates(SMALL, seed=4, spread=1.0)
    gates.shift_logits_(-6.0)

    def sparsity(*logits: Tensor) -> Tensor:
        values = {f"gates.logits.{name}": value for name, value in zip(gates.logits, logits, strict=True)}
        result: Tensor = torch.func.functional_call(_ExpectedSparsity(gates), values, ())
        return result

    inputs = tuple(value.detach().clone().requires_grad_() for value in gates.logits.values())
    assert torch.autograd.gradcheck(sparsity, inputs)


class _ExpectedSparsity(torch.nn.Module):
    def __init__(self, gates: HardConcreteGates) -> None:
        super().__init__()
        self.gates = gates

    def forward(self) -> Tensor:
        return self.gates.expected_sparsity()


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


@pytest.mark.parametrize(("names", "target"), [(("heads",), 0.4), (("intermediate", "feed-forward-layer"), 0.7)])
def test_a_sparsity_out_of_reach_is_refused(names: tuple[GateName, ...], target: float) -> None:
    config = GateConfig(layers=12, heads=12, head_size=64, hidden_size=768, intermediate_size=3072, gates=names)
    gates = at_means(config)
    with pytest.raises(
        ValueError, match=rf"{100 * target:.2f}% is out of reach: gates on {', '.join(names)} remove at"
    ):
        check_target(gates, target)
    check_target(gates, target - 0.1)
    check_target(at_means(BERT_BASE), 0.99)


def test_unknown_gates_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected gates among heads, .*got embeddings"):
        GateConfig(layers=1, heads=1, head_size=1, hidden_size=1, intermediate_size=1, gates=("embeddings",))  # type: ignore[arg-type]


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
