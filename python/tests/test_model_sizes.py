"""Expected sizes of models under gates against counting, and what gates can remove."""

import itertools

import pytest
import torch
from gate_cases import BERT_BASE, SMALL, at_means, new_gates
from torch import Tensor

from layersweep.model.gates import GATE_NAMES, GateConfig, GateName, Gates, HardConcreteGates
from layersweep.model.reach import check_target
from layersweep.model.sizes import expected_size
from layersweep.model.sparsity import structure_of


def test_a_dense_model_reports_the_biases_as_missing() -> None:
    dense = structure_of(BERT_BASE, Gates())
    assert dense.sparsity == pytest.approx(0.000976, abs=5e-7)
    assert dense.parameters == 85_054_464
    assert dense.parameter_sparsity == 0
    assert dense.expected_sparsity is None


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
