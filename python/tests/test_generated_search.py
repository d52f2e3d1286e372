"""On a CPU a search leaves distances out: its choices must be those of all distances, however near the layers lie."""

import copy
import dataclasses

import pytest
import strategy_oracle as oracle
import torch
from emitted import combinations, emitted
from generated_cases import gradients, inputs_of, make_case
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SEARCHES = sorted(
    name for name, spec in combinations().items() if spec["alignment"]["kind"] in ("nearest", "ordered-greedy")
)
LAYERS = 6
# Type of states and parameters, and of the autocast around them.
PRECISIONS = [
    *((dtype, None) for dtype in (torch.float64, torch.float32, torch.bfloat16, torch.float16)),
    *((torch.float32, dtype) for dtype in (torch.bfloat16, torch.float16)),
]


@st.composite
def near_ties(draw: st.DrawFn) -> oracle.Case:
    """Student layers about equally far from every teacher layer, by a distance that may be tiny beside the states."""
    seed = draw(st.integers(0, 2**31))
    g = torch.Generator().manual_seed(seed)
    batch, tokens = draw(st.sampled_from([1, 2, 5, 8, 13])), draw(st.sampled_from([1, 2, 8]))
    width, scale = draw(st.sampled_from([4, 16, 48])), 10.0 ** draw(st.integers(-3, 2))
    distance, gap = 10.0 ** -draw(st.integers(0, 7)), 10.0 ** -draw(st.integers(3, 7))
    base = torch.randn(batch, tokens, width, generator=g, dtype=torch.float64)
    base[..., 0] *= draw(st.sampled_from([1, 50]))
    rotation = torch.linalg.qr(torch.randn(width, width, generator=g, dtype=torch.float64)).Q
    errors = [torch.randn(base.shape, generator=g, dtype=torch.float64) for _ in range(LAYERS)]
    errors = [error / error.square().mean().sqrt() for error in errors]
    gaps = torch.rand(LAYERS, generator=g).tolist()
    student = [base + distance * (1 + gap * u) * e for u, e in zip(gaps, errors, strict=True)]
    if draw(st.booleans()):
        student[4] = student[1]
    transform = torch.nn.Linear(width, width).double()
    with torch.no_grad():
        transform.weight.copy_(rotation)
        transform.bias.zero_()
    return dataclasses.replace(
        make_case(seed, "plain"),
        teacher=[base * scale for _ in range(LAYERS)],
        student=[s @ rotation * scale for s in student],
        transform=transform,
        mask=(torch.rand(batch, tokens, generator=g) < 0.7).long(),
    )


@pytest.mark.parametrize("name", SEARCHES)
@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(exact=near_ties(), precision=st.sampled_from(PRECISIONS))
def test_a_search_that_leaves_distances_out_chooses_as_one_that_does_not(
    name: str, exact: oracle.Case, precision: tuple[torch.dtype, torch.dtype | None]
) -> None:
    module, spec = emitted(name), combinations()[name]
    dtype, autocast = precision
    case = dataclasses.replace(
        exact,
        teacher=[t.to(dtype) for t in exact.teacher],
        student=[s.to(dtype).requires_grad_() for s in exact.student],
        transform=copy.deepcopy(exact.transform).to(dtype),
    )
    with torch.autocast("cpu", autocast, enabled=autocast is not None):
        short, _ = module.layer_loss(inputs_of(module, case), module.INITIAL_STATE)
        full, _ = module.layer_loss(inputs_of(module, case, all_distances=True), module.INITIAL_STATE)

    alive = oracle.survivors(spec, case)
    assert not full.distances_kS[:, alive].isnan().any()
    expected = oracle.align(spec, case, list(full.drawn_layers), alive, full.distances_kS)
    assert torch.equal(short.weights_kS, expected)
    assert torch.equal(full.weights_kS, expected)
    assert torch.equal(short.loss, full.loss)
    if short.loss.requires_grad:
        for left, right in zip(gradients(short.loss, case), gradients(full.loss, case), strict=True):
            assert torch.equal(left, right)
    computed = ~short.distances_kS.isnan()
    assert torch.equal(short.distances_kS[computed], full.distances_kS[computed])
