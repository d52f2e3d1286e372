"""published/v3 to v6 against the published function itself, read from where it was published."""

import logging
import random
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from emitted import emitted
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from published_function import SOURCE, published_function
from torch import Tensor

pytestmark = pytest.mark.skipif(
    not SOURCE.exists(), reason="the published function is not here: LAYERSWEEP_SHARED_DIR or ../shared"
)
LAYERS, B, T, H = 12, 2, 3, 4
TOLERANCES = {torch.float64: 1e-12, torch.float32: 1e-6}


class Trainer(SimpleNamespace):
    """As much of upstream's trainer as the function looks at."""


def make_step(
    seed: int, kind: str, dtype: torch.dtype
) -> tuple[dict[str, Any], torch.nn.Linear, list[Tensor], list[Tensor]]:
    g = torch.Generator().manual_seed(seed)
    pick = torch.randint(0, 1000, (4,), generator=g).tolist()
    teacher = [torch.randn(B, T, H, generator=g, dtype=dtype) for _ in range(LAYERS)]
    student = [torch.randn(B, T, H, generator=g, dtype=dtype) for _ in range(LAYERS)]
    if kind == "ties":
        copies = torch.randint(0, LAYERS, (LAYERS,), generator=g).tolist()
        student = [student[j].clone() for j in copies]
    if kind == "equal":
        student = [student[0].clone() for _ in range(LAYERS)]
    if kind == "non-finite":
        for _ in range(1 + pick[0] % 3):
            states = (teacher, student)[pick[1] % 2]
            layer = int(torch.randint(0, LAYERS, (), generator=g))
            states[layer][0, 0, 0] = (float("nan"), float("inf"), -float("inf"))[pick[2] % 3]
    transform = torch.nn.Linear(H, H).to(dtype)
    with torch.no_grad():
        transform.weight.copy_(torch.eye(H) + 0.3 * torch.randn(H, H, generator=g))
        transform.bias.copy_(0.1 * torch.randn(H, generator=g))
    density = pick[3] / 999
    zs = {}
    for name in ("head_layer_z", "mlp_z"):
        if float(torch.rand((), generator=g)) < 0.85:
            alive = torch.rand(LAYERS, generator=g) < density
            zs[name] = (alive * torch.rand(LAYERS, generator=g)).requires_grad_()
    return zs, transform, teacher, [s.requires_grad_() for s in student]


def outcome(
    function: Any, version: int, seed: int, kind: str, dtype: torch.dtype, caplog: Any, step: int
) -> dict[str, Any]:
    """Everything that one call shows: value, gradients, draws left in the generator, exception, log line."""
    zs, transform, teacher, student = make_step(seed, kind, dtype)
    trainer = Trainer(
        additional_args=SimpleNamespace(do_layer_distill=True, layer_distill_version=version),
        args=SimpleNamespace(seed=seed),
        model=SimpleNamespace(layer_transformation=transform),
        global_step=step,
    )
    outputs = [(None, None, (torch.zeros(B, T, H), *states)) for states in (teacher, student)]
    random.seed(seed)
    caplog.clear()
    seen: dict[str, Any] = {"error": None, "value": None, "gradients": []}
    try:
        loss = function(trainer, *outputs, zs)
    except Exception as error:
        seen["error"] = type(error)
    else:
        wanted = [*student, transform.weight, transform.bias]
        seen["value"] = loss.detach()
        seen["gradients"] = torch.autograd.grad(loss, wanted, allow_unused=True)
    seen["random"] = random.getstate()
    seen["log"] = [(record.levelname, record.getMessage()) for record in caplog.records]
    return seen


def assert_same(found: dict[str, Any], expected: dict[str, Any], tolerance: float) -> None:
    for exact in ("error", "random", "log"):
        assert found[exact] == expected[exact]
    if expected["value"] is None:
        return
    torch.testing.assert_close(found["value"], expected["value"], rtol=tolerance, atol=0, equal_nan=True)
    for a, b in zip(found["gradients"], expected["gradients"], strict=True):
        assert (a is None) == (b is None)
        if b is not None:
            size = float(b.nan_to_num(0, 0, 0).abs().max())
            torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance * size, equal_nan=True)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("version", [3, 4, 5, 6])
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**31),
    kind=st.sampled_from(["plain", "plain", "ties", "equal", "non-finite"]),
    step=st.sampled_from([0, 1, 100]),
)
def test_a_published_version_is_the_published_function(
    version: int, dtype: torch.dtype, seed: int, kind: str, step: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    module = emitted(f"published/v{version}")
    expected = outcome(published_function(), version, seed, kind, dtype, caplog, step)
    found = outcome(module.calculate_layer_distillation_loss, version, seed, kind, dtype, caplog, step)
    assert_same(found, expected, TOLERANCES[dtype])
    assert_same(layer_loss_outcome(module, seed, kind, dtype), {**expected, "log": []}, TOLERANCES[dtype])


def layer_loss_outcome(module: ModuleType, seed: int, kind: str, dtype: torch.dtype) -> dict[str, Any]:
    zs, transform, teacher, student = make_step(seed, kind, dtype)
    inputs = module.LayerLossInputs(
        teacher, student, transform, zs.get("head_layer_z"), zs.get("mlp_z"), step=0, seed=seed
    )
    random.seed(seed)
    seen: dict[str, Any] = {"error": None, "value": None, "gradients": [], "log": []}
    try:
        output, _ = module.layer_loss(inputs, module.INITIAL_STATE)
    except Exception as error:
        seen["error"] = type(error)
    else:
        seen["value"] = output.loss.detach()
        wanted = [*student, transform.weight, transform.bias]
        seen["gradients"] = torch.autograd.grad(output.loss, wanted, allow_unused=True)
    seen["random"] = random.getstate()
    return seen


@pytest.mark.parametrize("version", [3, 4, 5, 6])
def test_without_layer_distillation_there_is_no_loss_and_no_draw(version: int) -> None:
    trainer = Trainer(additional_args=SimpleNamespace(do_layer_distill=False))
    before = random.getstate()
    assert emitted(f"published/v{version}").calculate_layer_distillation_loss(trainer, None, None, None) is None
    assert random.getstate() == before
