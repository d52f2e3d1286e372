"""The fast paths compute what the plain ones do: skipping dead units, plain attention, cheap dropout."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from transformers import BertConfig, BertForSequenceClassification

from layersweep.generated import wire
from layersweep.model.attention import attend, dropout
from layersweep.model.gated_weight import gated_weight
from layersweep.model.gates import HardConcreteGates
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.model.skipping import Taken
from layersweep.runtime.numerics import Numerics
from layersweep.stages.distillation import Distillation


def wide_model() -> MaskedClassifier:
    """Two layers with 200 intermediate dimensions, so that they are taken in multiples of 64."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=40, hidden_size=24, num_hidden_layers=3, num_attention_heads=4, intermediate_size=200, num_labels=3
    )
    model = BertForSequenceClassification(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape))
    return MaskedClassifier(model).double().eval()


@settings(max_examples=25)
@given(seed=st.integers(0, 2**16), mean=st.floats(-3.5, 2.5))
def test_skipping_dead_units_changes_neither_logits_nor_gradients(seed: int, mean: float) -> None:
    model = wide_model()
    gates = HardConcreteGates(
        model.gate_config(initial_logit=mean, initial_intermediate_logit=mean),
        torch.Generator().manual_seed(seed),
        torch.float64,
    )
    input_ids = torch.randint(0, 40, (4, 7), generator=torch.Generator().manual_seed(seed))
    leaves = [p for n, p in model.named_parameters() if "position" not in n] + list(gates.parameters())
    results: list[tuple[Tensor, tuple[Tensor | None, ...]]] = []
    for skip in (False, True):
        model.skip_dead = skip
        logits = model(input_ids, gates=gates.sample(torch.Generator().manual_seed(seed))).logits_BC
        loss = logits.square().sum()
        results.append((logits, torch.autograd.grad(loss, leaves, allow_unused=True)))
    (plain, plain_gradients), (skipped, skipped_gradients) = results
    torch.testing.assert_close(skipped, plain, rtol=1e-10, atol=1e-11)
    for ours, theirs in zip(skipped_gradients, plain_gradients, strict=True):
        assert (ours is None) == (theirs is None)
        if ours is not None and theirs is not None:
            torch.testing.assert_close(ours, theirs, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_plain_attention_is_the_fused_one(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(1)
    query, key, value = (torch.randn(3, 6, 8, generator=generator).to(dtype).requires_grad_() for _ in range(3))
    mask = (torch.arange(6) < torch.tensor([6, 3, 1])[:, None])[:, None, None, :]
    ours = attend(query, key, value, mask, head_size=4, probability=0.0)
    split = [part.view(3, 6, 2, 4).transpose(1, 2).float() for part in (query, key, value)]
    theirs = F.scaled_dot_product_attention(split[0], split[1], split[2], attn_mask=mask)
    tolerance = 2e-2 if dtype == torch.bfloat16 else 1e-6
    torch.testing.assert_close(ours.float(), theirs.transpose(1, 2).flatten(2), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("probability", [0.1, 0.5])
def test_dropout_drops_at_its_rate_and_keeps_the_mean(probability: float) -> None:
    torch.manual_seed(0)
    x = torch.ones(401, 503, requires_grad=True)
    y = dropout(x, probability)
    standard_error = (probability * (1 - probability) / x.numel()) ** 0.5
    assert (y == 0).double().mean().item() == pytest.approx(probability, abs=4 * standard_error)
    assert bool(((y == 0) | (y == y.max())).all())
    assert y.max().item() == pytest.approx(1 / (1 - probability), rel=1e-4)
    # Neighbours share a draw: dropping one must not tell about the next.
    both = (y[:, :-1] == 0) & (y[:, 1:] == 0)
    assert both.double().mean().item() == pytest.approx(probability**2, abs=5 * standard_error)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    assert torch.equal(gradient, y.detach())


def test_dropout_repeats_with_the_seed() -> None:
    x = torch.randn(7, 5)
    draws = []
    for _ in range(2):
        torch.manual_seed(4)
        draws.append(dropout(x, 0.3))
    assert torch.equal(*draws)
    assert torch.equal(dropout(x, 0.0), x)


@given(seed=st.integers(0, 2**16), units=st.booleans(), rows=st.booleans(), some=st.booleans())
def test_gates_in_a_weight_are_products_with_it(seed: int, units: bool, rows: bool, some: bool) -> None:
    torch.manual_seed(seed)
    leaves = [torch.randn(3, 5), torch.rand(5), torch.rand(3)]
    leaves = [leaf.double().requires_grad_() for leaf in leaves]
    weight_HI, gates_I, rows_H = leaves
    columns = torch.tensor([0, 2, 3]) if some else torch.arange(5)
    taken = Taken(columns, torch.tensor([0, 3, 1, 2, 3])) if some else None
    plain = weight_HI[:, columns]
    if units:
        plain = plain * gates_I[columns]
    if rows:
        plain = plain * rows_H[:, None]
    ours = gated_weight(weight_HI, gates_I[columns] if units else None, rows_H if rows else None, taken)
    assert torch.equal(ours, plain)
    used = [leaf for leaf, use in zip(leaves, (True, units, rows), strict=True) if use]
    weights = torch.randn_like(plain)
    expected = torch.autograd.grad((plain * weights).sum(), used)
    for gradient, theirs in zip(torch.autograd.grad((ours * weights).sum(), used), expected, strict=True):
        torch.testing.assert_close(gradient, theirs, rtol=1e-12, atol=1e-14)


def test_a_gated_weight_is_rounded_once_under_autocast() -> None:
    torch.manual_seed(0)
    weight_HI, gates_I, rows_H = torch.randn(3, 5), torch.rand(5), torch.rand(3)
    with torch.autocast("cpu", torch.bfloat16):
        ours = gated_weight(weight_HI, gates_I, rows_H, None)
    assert torch.equal(ours, (weight_HI * gates_I * rows_H[:, None]).bfloat16())


def test_a_teacher_in_autocast_s_type_answers_as_one_that_autocast_brings_there() -> None:
    input_ids = torch.randint(0, 40, (4, 7), generator=torch.Generator().manual_seed(0))
    teacher = wide_model().float()
    numerics = Numerics(torch.device("cpu"), "bfloat16")
    with numerics.autocast(), torch.no_grad():
        plain = teacher(input_ids)
    weights = wire.Distillation(prediction_weight=0.1, layer_weight=0.9, temperature=2)
    frozen = Distillation(
        teacher, weights, wire.StrategyNone(rescale_prediction=False), None, numerics, regression=False
    ).teacher
    assert next(frozen.encoder.encoder.layer.parameters()).dtype == torch.bfloat16
    with numerics.autocast(), torch.no_grad():
        ours = frozen(input_ids)
    assert torch.equal(ours.logits_BC, plain.logits_BC)
    assert all(map(torch.equal, ours.hidden_states, plain.hidden_states))
