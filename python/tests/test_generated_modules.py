"""Emitted modules against the plain formulation of strategy_oracle.py."""

import dataclasses
import json
import random

import pytest
import strategy_oracle as oracle
import torch
from emitted import combinations, emitted
from generated_cases import N, gradients, inputs_of, make_case
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor

NAMES = sorted(combinations())


def assert_close(found: Tensor, expected: Tensor, scale: float) -> None:
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-11 * scale, equal_nan=True)


KINDS = ["plain", "ties", "zero", "large"]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**31), kind=st.sampled_from(KINDS))
def test_a_module_gives_loss_choices_and_gradients_of_the_plain_formulation(name: str, seed: int, kind: str) -> None:
    module, spec, case = emitted(name), combinations()[name], make_case(seed, kind)
    output, state = module.layer_loss(inputs_of(module, case), module.INITIAL_STATE)

    drawn = oracle.drawn_layers(spec, case)
    alive = oracle.survivors(spec, case)
    d_kS = oracle.distances(spec, case, drawn)
    scale = float(d_kS.detach().abs().max()) + 1.0
    assert output.drawn_layers == tuple(drawn)
    computed = ~output.distances_kS.isnan()
    assert computed[output.weights_kS != 0].all()
    assert not computed[:, [j for j in range(N) if j not in alive]].any()
    assert_close(output.distances_kS[computed], d_kS.detach()[computed], scale)

    # Choices are held against the module's own distances, so that rounding cannot turn one.
    seen = torch.where(computed, output.distances_kS, d_kS.detach())
    exact = oracle.align(spec, case, drawn, alive, seen)
    if spec["alignment"]["kind"] in ("monotone", "one-to-one"):
        assert (output.weights_kS.sum(1) <= 1).all()
        assert output.weights_kS.sum() == exact.sum()
        found_cost, least_cost = (output.weights_kS * seen).sum(), (exact * seen).sum()
        torch.testing.assert_close(found_cost, least_cost, rtol=1e-12, atol=1e-12)
        w_kS = output.weights_kS
    else:
        torch.testing.assert_close(output.weights_kS, exact.detach(), rtol=1e-9, atol=1e-9)
        soft = spec["alignment"]["kind"] in ("attention", "sinkhorn")
        w_kS = oracle.align(spec, case, drawn, alive, d_kS) if soft else output.weights_kS

    expected = oracle.loss(spec, d_kS, w_kS)
    assert_close(output.loss.detach(), expected.detach(), scale)
    found_gradients = gradients(output.loss, case)
    matched = expected.requires_grad and bool(alive)
    expected_gradients = gradients(expected, case) if matched else [torch.zeros_like(g) for g in found_gradients]
    for found, wanted in zip(found_gradients, expected_gradients, strict=True):
        size = float(wanted.abs().max()) + 1e-300
        torch.testing.assert_close(found, wanted, rtol=1e-7, atol=1e-8 * size)
    assert state.drawn_layers == tuple(drawn)
    assert state.redraw_index == oracle.redraw_index(spec, case)
    assert output.realigned
    assert (output.scores_kS is not None) == (spec["alignment"]["kind"] == "attention")
    assert not output.weights_kS.requires_grad
    assert not output.distances_kS.requires_grad


KEPT = [name for name in NAMES if combinations()[name]["schedule"]["realignEverySteps"] > 1]


@pytest.mark.parametrize("name", KEPT)
@settings(max_examples=4, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**31))
def test_an_alignment_is_kept_until_it_is_old_or_no_longer_fits(name: str, seed: int) -> None:
    module, spec = emitted(name), combinations()[name]
    case = make_case(seed, "plain")
    first, state = module.layer_loss(inputs_of(module, case, step=10), module.INITIAL_STATE)
    later = make_case(seed + 1, "plain")
    for step in (11, 14, 15):
        now = dataclasses.replace(case, step=step, teacher=later.teacher, student=later.student)
        if later.student[0].shape != case.student[0].shape:
            now = dataclasses.replace(now, mask=later.mask)
        if step == 14:
            now = dataclasses.replace(now, head=later.head, mlp=later.mlp)
        alive, drawn = oracle.survivors(spec, now), tuple(oracle.drawn_layers(spec, now))
        fits = all(j in alive for j in range(N) if bool((first.weights_kS[:, j] != 0).any()))
        keeps = drawn == first.drawn_layers and step - 10 < 5 and fits
        output, after = module.layer_loss(inputs_of(module, now), state)
        assert output.realigned == (not keeps)
        assert after.aligned_step == (10 if keeps else step)
        if not keeps:
            fresh, _ = module.layer_loss(inputs_of(module, now), module.INITIAL_STATE)
            torch.testing.assert_close(output.weights_kS, fresh.weights_kS)
            continue
        assert torch.equal(output.weights_kS, first.weights_kS)
        assert torch.equal(output.distances_kS.isnan(), first.weights_kS == 0)
        d_kS = oracle.distances(spec, now, list(drawn))
        expected = oracle.loss(spec, d_kS, first.weights_kS)
        torch.testing.assert_close(output.loss, expected, rtol=1e-10, atol=1e-12)
        found = gradients(output.loss, now)
        wanted = gradients(expected, now) if (first.weights_kS != 0).any() else [torch.zeros_like(g) for g in found]
        for a, b in zip(found, wanted, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-8, atol=1e-11)


@pytest.mark.parametrize("name", NAMES)
def test_given_layers_are_taken_and_no_random_state_is_touched(name: str) -> None:
    module, case = emitted(name), make_case(5, "plain")
    before = random.getstate(), torch.get_rng_state()
    output, _ = module.layer_loss(inputs_of(module, case, drawn_layers=(3, 0, 5)), module.INITIAL_STATE)
    assert output.drawn_layers == (3, 0, 5)
    assert output.weights_kS.shape == (3, N)
    assert random.getstate() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])


def test_layers_that_follow_the_expected_sparsity_stay_until_the_next_redraw() -> None:
    module, case = emitted("by_expected_sparsity"), make_case(5, "plain")
    state = module.LayerLossState((2, 4, 5), 7, 6, None)
    kept, _ = module.layer_loss(inputs_of(module, case, step=7, expected_layers=5.0), state)
    drawn, _ = module.layer_loss(inputs_of(module, case, step=8, expected_layers=5.0), state)
    assert kept.drawn_layers == (2, 4, 5)
    assert drawn.drawn_layers == (0, 1, 3, 4, 5)


def test_the_modules_carry_the_specification_they_were_emitted_from() -> None:
    for name, spec in combinations().items():
        assert json.loads(emitted(name).STRATEGY) == spec
