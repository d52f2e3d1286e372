"""Cutting: the smaller model gives the masked one's logits, is as small as it says, and survives saving."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from model_cases import ModelType, random_gates, small_batch, small_model
from torch import Tensor

from layersweep.model.cutting import cut, load_cut, save_cut
from layersweep.model.gates import Gates, HardConcreteGates
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.model.sparsity import structure_of

density = st.sampled_from([0.0, 0.1, 0.3, 0.6, 0.9, 1.0])
densities = st.fixed_dictionaries(
    {},
    optional={
        "heads_LN": density,
        "intermediate_LI": density,
        "hidden_H": density,
        "attention_layer_L": density,
        "feed_forward_layer_L": density,
    },
)


def assert_same_logits(model: MaskedClassifier, gates: Gates, batch: tuple[Tensor, Tensor, Tensor]) -> None:
    """Within 1e-9 in float64; within 4e-5 of the largest logit in float32, same labels unless closer than that."""
    with torch.no_grad():
        masked = model(*batch, gates).logits_BC
        smaller = cut(model, gates)(*batch).logits_BC
    if masked.dtype == torch.float64:
        assert (masked - smaller).abs().max().item() <= 1e-9
        return
    tolerance = 4e-5 * masked.abs().max().item()
    assert (masked - smaller).abs().max().item() <= tolerance
    top = masked.topk(2).values
    clear = top[:, 0] - top[:, 1] > tolerance
    assert torch.equal(masked.argmax(1)[clear], smaller.argmax(1)[clear])


@settings(max_examples=120)
@given(
    kind=st.sampled_from(["bert", "roberta"]),
    dtype=st.sampled_from([torch.float64, torch.float32]),
    seed=st.integers(0, 2**16),
    kept=densities,
)
def test_the_cut_model_gives_the_masked_logits(
    kind: ModelType, dtype: torch.dtype, seed: int, kept: dict[str, float]
) -> None:
    model = small_model(kind, seed % 7, dtype)
    assert_same_logits(model, random_gates(seed, kept, dtype), small_batch(kind, seed))


@settings(max_examples=30)
@given(seed=st.integers(0, 2**16), shift=st.floats(-12, 2))
def test_so_it_does_for_deterministic_gates(seed: int, shift: float) -> None:
    model = small_model(seed=seed % 5)
    gates = HardConcreteGates(model.gate_config(initial_logit=2.0), torch.Generator().manual_seed(seed), torch.float64)
    with torch.no_grad():
        for logits in gates.parameters():
            logits.add_(3 * torch.randn(logits.shape, generator=torch.Generator().manual_seed(seed + 1)))
    gates.shift_logits_(shift)
    assert_same_logits(model, gates.deterministic(), small_batch(seed=seed))


def named_case(name: str) -> Gates:
    ones = {"heads_LN": 1.0, "intermediate_LI": 1.0, "hidden_H": 1.0, "attention_layer_L": 1.0}
    gates = dict(random_gates(5, {**ones, "feed_forward_layer_L": 1.0}).named())
    match name:
        case "no layer left":
            gates["attention_layer_L"].zero_()
            gates["feed_forward_layer_L"].zero_()
        case "one layer with nothing left":
            gates["attention_layer_L"][1] = 0
            gates["feed_forward_layer_L"][1] = 0
        case "one head left in all":
            gates["heads_LN"][:] = 0
            gates["heads_LN"][2, 1] = 0.7
        case "sublayers on without units":
            gates["heads_LN"][0] = 0
            gates["intermediate_LI"][2] = 0
        case "one hidden dimension left":
            gates["hidden_H"][:] = 0
            gates["hidden_H"][3] = 0.4
        case "one intermediate dimension left":
            gates["intermediate_LI"][:] = 0
            gates["intermediate_LI"][:, 4] = 0.9
    return Gates(**gates)


CASES = [
    "no layer left",
    "one layer with nothing left",
    "one head left in all",
    "sublayers on without units",
    "one hidden dimension left",
    "one intermediate dimension left",
]


@pytest.mark.parametrize("kind", ["bert", "roberta"])
@pytest.mark.parametrize("name", CASES)
def test_extreme_structures(kind: ModelType, name: str) -> None:
    assert_same_logits(small_model(kind), named_case(name), small_batch(kind))


def test_hidden_states_are_the_masked_ones_on_the_dimensions_left() -> None:
    model = small_model()
    kept = {"hidden_H": 0.5, "heads_LN": 0.5, "attention_layer_L": 0.5}
    gates = random_gates(9, kept)
    smaller = cut(model, gates)
    left = list(smaller.config.hidden_indices)
    pairs = zip(model(*small_batch(), gates).hidden_states, smaller(*small_batch()).hidden_states, strict=True)
    for masked, ours in pairs:
        torch.testing.assert_close(ours, masked[..., left])


@settings(max_examples=40)
@given(seed=st.integers(0, 2**16), kept=densities)
def test_the_structure_counts_the_real_tensors(seed: int, kept: dict[str, float]) -> None:
    model = small_model()
    gates = random_gates(seed, kept)
    smaller = cut(model, gates, expected_sparsity=0.25)
    structure = structure_of(model.gate_config(), gates, 0.25)
    assert smaller.config.structure == structure
    assert sum(parameter.numel() for parameter in smaller.layers.parameters()) == structure.parameters
    assert json.loads(json.dumps(structure.to_wire()))["headsPerLayer"] == list(structure.heads_per_layer)


@pytest.mark.parametrize("kind", ["bert", "roberta"])
@pytest.mark.parametrize("part_tokens", [1, 9, 20, 1000])
def test_logits_computed_in_parts_are_those_of_the_whole_batch(
    kind: ModelType, part_tokens: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("layersweep.model.cut_classifier.PART_TOKENS", part_tokens)
    smaller = cut(small_model(kind), random_gates(4, {"hidden_H": 0.7, "heads_LN": 0.5, "attention_layer_L": 0.6}))
    batch = small_batch(kind)
    torch.testing.assert_close(smaller.logits(*batch), smaller(*batch).logits_BC, rtol=0, atol=1e-12)
    torch.testing.assert_close(smaller.logits(batch[0]), smaller(batch[0]).logits_BC, rtol=0, atol=1e-12)


def test_gone_sublayers_have_no_tensors_at_all() -> None:
    smaller = cut(small_model(), named_case("one layer with nothing left"))
    assert not any(name.startswith("layers.1.") for name, _ in smaller.named_parameters())
    assert any(name.startswith("layers.0.attention") for name, _ in smaller.named_parameters())


def test_a_cut_model_trains() -> None:
    smaller = cut(small_model(dtype=torch.float32), named_case("sublayers on without units").to(torch.float32)).train()
    smaller(*small_batch()).logits_BC.square().sum().backward()
    for name, parameter in smaller.named_parameters():
        assert (parameter.grad is None) == name.startswith("embeddings.")


def test_cutting_draws_no_random_numbers() -> None:
    model = small_model()
    state = torch.random.get_rng_state()
    cut(model, Gates())
    assert torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_saved_and_loaded_it_is_the_same_model(tmp_path: Path, dtype: torch.dtype) -> None:
    smaller = cut(small_model("roberta", dtype=dtype), random_gates(3, {"hidden_H": 0.6, "heads_LN": 0.4}, dtype), 0.5)
    save_cut(smaller, tmp_path / "model")
    loaded = load_cut(tmp_path / "model")
    assert loaded.config == smaller.config
    assert not loaded.training
    batch = small_batch("roberta")
    assert torch.equal(loaded(*batch).logits_BC, smaller(*batch).logits_BC)
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == ["config.json", "model.safetensors"]


def test_what_cannot_be_loaded_says_why(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"No cut model in .*config\.json is missing"):
        load_cut(tmp_path)
    save_cut(cut(small_model(), Gates()), tmp_path)
    weights = tmp_path / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"model\.safetensors is missing or damaged"):
        load_cut(tmp_path)
    weights.unlink()
    with pytest.raises(ValueError, match=r"model\.safetensors is missing or damaged"):
        load_cut(tmp_path)
    weights.write_bytes(whole)
    config = tmp_path / "config.json"
    document = json.loads(config.read_text())
    config.write_text(json.dumps({**document, "heads_per_layer": [1, 1, 1]}))
    with pytest.raises(ValueError, match="does not fit the configuration beside it"):
        load_cut(tmp_path)
    config.write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(ValueError, match="is no configuration of a cut model"):
        load_cut(tmp_path)
    config.write_text("{")
    with pytest.raises(ValueError, match="is no JSON"):
        load_cut(tmp_path)


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_a_dropout_that_is_set_is_that_of_every_layer_and_of_what_is_cut(kind: ModelType) -> None:
    model, batch, gates = small_model(kind).train(), small_batch(kind), Gates()

    def draws(of: torch.nn.Module, *arguments: object) -> bool:
        with torch.no_grad():
            return not torch.equal(of(*arguments).logits_BC, of(*arguments).logits_BC)

    model.set_dropout(0.5)
    assert draws(model, *batch, gates)
    assert draws(cut(model, gates).train(), *batch)
    model.set_dropout(0)
    assert not draws(model, *batch, gates)
    assert not draws(cut(model, gates).train(), *batch)
