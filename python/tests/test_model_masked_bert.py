"""The masked forward pass against transformers, and against a second formulation of CoFi's in float64."""

import math
from typing import Any

import pytest
import torch
from model_cases import ModelType, random_gates, small_batch, small_model
from torch import Tensor

from layersweep.model.gates import Gates, HardConcreteGates
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.model.transformation import LayerTransformation, cut_transformation

KINDS: list[ModelType] = ["bert", "roberta"]
ALL = {"heads_LN": 0.6, "intermediate_LI": 0.5, "hidden_H": 0.7, "attention_layer_L": 0.6, "feed_forward_layer_L": 0.6}


def cofi_norm(x: Tensor, norm: Any, hidden_z: Tensor) -> Tensor:
    """Normalise over the dimensions whose gate is not 0; the others stay as they are."""
    alive = [h for h in range(len(hidden_z)) if hidden_z[h] != 0]
    result = x.clone()
    if alive:
        part = x[..., alive]
        mean = part.mean(-1, keepdim=True)
        variance = ((part - mean) ** 2).mean(-1, keepdim=True)
        result[..., alive] = (part - mean) / (variance + norm.eps).sqrt() * norm.weight[alive] + norm.bias[alive]
    return result


def sublayer_end(output: Any, inner: Tensor, x: Tensor, layer_z: Tensor, hidden_z: Tensor) -> Tensor:
    out: Tensor = (inner @ output.dense.weight.T + output.dense.bias) * layer_z
    if out.sum() == 0:
        return out + x
    return cofi_norm(out * hidden_z + x, output.LayerNorm, hidden_z) * hidden_z


def cofi_forward(
    model: MaskedClassifier, batch: tuple[Tensor, Tensor, Tensor], gates: Gates
) -> tuple[Tensor, list[Tensor]]:
    """CoFi's forward pass word by word: loops over heads, gates multiplied where the paper's code has them."""
    ids, mask, types = batch
    hf, base = model.hf_config, model.encoder
    one = torch.ones((), dtype=torch.float64)
    hidden_z = torch.ones(hf.hidden_size, dtype=torch.float64) if gates.hidden_H is None else gates.hidden_H
    embeddings = base.embeddings
    if model.model_type == "roberta":
        positions = (ids != 1).cumsum(1) * (ids != 1) + 1
    else:
        positions = torch.arange(ids.shape[1]).expand_as(ids)
    x = embeddings.word_embeddings.weight[ids] + embeddings.position_embeddings.weight[positions]
    x = (x + embeddings.token_type_embeddings.weight[types]) * hidden_z
    x = cofi_norm(x, embeddings.LayerNorm, hidden_z) * hidden_z
    states = [x]
    for index, layer in enumerate(base.encoder.layer):
        attention = layer.attention.self
        size = attention.attention_head_size
        contexts = []
        for head in range(hf.num_attention_heads):
            rows = slice(head * size, (head + 1) * size)
            q, k, v = (x @ m.weight[rows].T + m.bias[rows] for m in (attention.query, attention.key, attention.value))
            scores = q @ k.transpose(1, 2) / math.sqrt(size)
            scores = scores.masked_fill(mask[:, None, :] == 0, -math.inf)
            head_z = one if gates.heads_LN is None else gates.heads_LN[index, head]
            contexts.append(scores.softmax(-1) @ v * head_z)
        layer_z = one if gates.attention_layer_L is None else gates.attention_layer_L[index]
        x = sublayer_end(layer.attention.output, torch.cat(contexts, -1), x, layer_z, hidden_z)
        inner = x @ layer.intermediate.dense.weight.T + layer.intermediate.dense.bias
        inner = 0.5 * inner * (1 + torch.erf(inner / math.sqrt(2)))
        if gates.intermediate_LI is not None:
            inner = inner * gates.intermediate_LI[index]
        layer_z = one if gates.feed_forward_layer_L is None else gates.feed_forward_layer_L[index]
        x = sublayer_end(layer.output, inner, x, layer_z, hidden_z)
        states.append(x)
    first = x[:, 0]
    if model.model_type == "roberta":
        head = model.model.classifier
        return torch.tanh(head.dense(first)) @ head.out_proj.weight.T + head.out_proj.bias, states
    pooled = torch.tanh(first @ base.pooler.dense.weight.T + base.pooler.dense.bias)
    return pooled @ model.model.classifier.weight.T + model.model.classifier.bias, states


@pytest.mark.parametrize("kind", KINDS)
def test_without_gates_it_is_the_wrapped_model(kind: ModelType) -> None:
    model = small_model(kind)
    ids, mask, types = small_batch(kind)
    with torch.no_grad():
        expected = model.model(ids, attention_mask=mask, token_type_ids=types, output_hidden_states=True)
        output = model(ids, mask, types)
    torch.testing.assert_close(output.logits_BC, expected.logits)
    assert len(output.hidden_states) == 4
    for ours, theirs in zip(output.hidden_states, expected.hidden_states, strict=True):
        torch.testing.assert_close(ours[mask.bool()], theirs[mask.bool()])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "names", [tuple(ALL), ("hidden_H",), ("heads_LN", "feed_forward_layer_L"), ("intermediate_LI",)]
)
def test_it_is_cofis_forward_pass(kind: ModelType, seed: int, names: tuple[str, ...]) -> None:
    model = small_model(kind, seed)
    batch = small_batch(kind, seed)
    gates = random_gates(seed, {name: ALL[name] for name in names})
    with torch.no_grad():
        logits, states = cofi_forward(model, batch, gates)
        output = model(*batch, gates)
    real = batch[1].bool()
    torch.testing.assert_close(output.logits_BC, logits, rtol=1e-10, atol=1e-11)
    for ours, theirs in zip(output.hidden_states, states, strict=True):
        torch.testing.assert_close(ours[real], theirs[real], rtol=1e-10, atol=1e-11)


def test_gradients_are_cofis() -> None:
    model = small_model()
    batch = small_batch()
    generator = torch.Generator().manual_seed(3)
    gates = HardConcreteGates(model.gate_config(initial_logit=0.5), generator, torch.float64)
    sample = gates.sample(torch.Generator().manual_seed(8))
    assert any(bool((value == 0).any()) for _, value in sample.named())
    leaves = {**dict(model.named_parameters()), **{f"gate {name}": p for name, p in gates.logits.items()}}
    ours_by_leaf, theirs_by_leaf = (
        torch.autograd.grad((logits**2).sum(), list(leaves.values()), retain_graph=True, allow_unused=True)
        for logits in (model(*batch, sample).logits_BC, cofi_forward(model, batch, sample)[0])
    )
    for name, ours, theirs in zip(leaves, ours_by_leaf, theirs_by_leaf, strict=True):
        reference = torch.zeros_like(leaves[name]) if theirs is None else theirs
        assert torch.allclose(ours, reference, rtol=1e-8, atol=1e-10), name


def test_a_layer_with_both_gates_off_repeats_its_input_exactly() -> None:
    model = small_model(dtype=torch.float32)
    gates = random_gates(1, {"hidden_H": 0.7}, torch.float32)
    off = torch.tensor([1.0, 0.0, 1.0])
    gates = Gates(hidden_H=gates.hidden_H, attention_layer_L=off, feed_forward_layer_L=off)
    states = model(*small_batch(), gates).hidden_states
    assert torch.equal(states[2], states[1])
    assert not torch.equal(states[3], states[2])


def test_dead_hidden_dimensions_stay_exactly_zero() -> None:
    model = small_model(dtype=torch.float32)
    gates = random_gates(2, ALL, torch.float32)
    assert gates.hidden_H is not None
    for state in model(*small_batch(), gates).hidden_states:
        assert torch.equal(state[..., gates.hidden_H == 0], torch.zeros_like(state[..., gates.hidden_H == 0]))


def test_no_hidden_dimension_left_gives_finite_logits() -> None:
    model = small_model()
    output = model(*small_batch(), Gates(hidden_H=torch.zeros(24, dtype=torch.float64)))
    assert bool(output.logits_BC.isfinite().all())


@pytest.mark.parametrize("kind", KINDS)
def test_bfloat16_autocast_stays_near_float32(kind: ModelType) -> None:
    model = small_model(kind, dtype=torch.float32)
    gates = random_gates(4, dict.fromkeys(ALL, 0.9), torch.float32)
    batch = small_batch(kind)
    full = model(*batch, gates)
    with torch.autocast("cpu", torch.bfloat16):
        half = model(*batch, gates)
    assert all(state.dtype == torch.float32 for state in half.hidden_states)
    assert torch.nn.functional.cosine_similarity(full.logits_BC, half.logits_BC.float()).min() > 0.98


def test_dropout_is_on_while_training_only() -> None:
    model = small_model(dtype=torch.float32)
    batch = small_batch()
    assert torch.equal(model(*batch).logits_BC, model(*batch).logits_BC)
    model.train()
    assert not torch.equal(model(*batch).logits_BC, model(*batch).logits_BC)


def test_the_transformation_starts_as_the_identity_and_draws_nothing() -> None:
    state = torch.random.get_rng_state()
    same, wider, narrower = LayerTransformation(6, 6), LayerTransformation(4, 6), LayerTransformation(6, 4)
    assert torch.equal(state, torch.random.get_rng_state())
    x = torch.randn(2, 3, 6)
    assert torch.equal(same(x), x)
    assert torch.equal(wider(x[..., :4]), torch.cat([x[..., :4], torch.zeros(2, 3, 2)], -1))
    assert torch.equal(narrower(x), x[..., :4])


def test_a_cut_transformation_maps_the_dimensions_left() -> None:
    transformation = LayerTransformation(6, 6)
    torch.nn.init.normal_(transformation.weight)
    left = torch.tensor([0, 2, 5])
    x = torch.zeros(2, 6)
    x[:, left] = torch.randn(2, 3)
    torch.testing.assert_close(cut_transformation(transformation, left)(x[:, left]), transformation(x))
