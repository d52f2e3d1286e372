"""What every emitted module keeps to, beside its numbers: no survivors, narrow types, inputs that do not fit."""

import dataclasses
from typing import Any

import pytest
import torch
from emitted import combinations, emitted
from generated_cases import gradients, inputs_of, make_case
from torch import Tensor

NAMES = sorted(combinations())


@pytest.mark.parametrize("name", NAMES)
def test_without_survivors_the_loss_is_zero_with_zero_gradients(name: str) -> None:
    module, case = emitted(name), make_case(4, "plain")
    if combinations()[name]["survivors"] == "all":
        pytest.skip("every layer survives")
    output, _ = module.layer_loss(
        inputs_of(module, case, head_layer_z=torch.zeros(6), mlp_z=torch.zeros(6)), module.INITIAL_STATE
    )
    assert output.loss.item() == 0.0
    assert all((g == 0).all() for g in gradients(output.loss, case))
    assert (output.weights_kS == 0).all()
    assert output.distances_kS.isnan().all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_under_autocast_distances_are_computed_in_float32(name: str, dtype: torch.dtype) -> None:
    module, case = emitted(name), make_case(3, "plain")
    narrow = dataclasses.replace(
        case,
        teacher=[t.float() for t in case.teacher],
        student=[s.detach().float().requires_grad_() for s in case.student],
        transform=case.transform.float(),
    )
    with torch.autocast("cpu", dtype=dtype):
        output, _ = module.layer_loss(inputs_of(module, narrow), module.INITIAL_STATE)
    assert output.loss.dtype == torch.float32
    assert output.distances_kS.dtype == torch.float32
    assert all(torch.isfinite(g).all() for g in gradients(output.loss, narrow))


def test_states_narrower_than_float32_are_widened_for_the_distances() -> None:
    module, case = emitted("v4"), make_case(3, "plain")
    narrow = dataclasses.replace(
        case,
        teacher=[t.bfloat16() for t in case.teacher],
        student=[s.detach().bfloat16().requires_grad_() for s in case.student],
        transform=case.transform.bfloat16(),
    )
    output, _ = module.layer_loss(inputs_of(module, narrow), module.INITIAL_STATE)
    assert output.loss.dtype == torch.float32
    x = narrow.transform(narrow.student[0])
    if not output.distances_kS[0, 0].isnan():
        expected = ((narrow.teacher[output.drawn_layers[0]].float() - x.float()) ** 2).mean()
        torch.testing.assert_close(output.distances_kS[0, 0], expected.detach())


def spoiled(states: list[Tensor], layer: int, value: float) -> list[Tensor]:
    changed = [s.detach().clone() for s in states]
    changed[layer][0, 0, 0] = value
    return changed


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_states_that_are_not_finite_are_refused_by_layer_and_step(value: float) -> None:
    module, case = emitted("v4"), dataclasses.replace(make_case(3, "plain"), head=None, mlp=None)
    for field, states, layer, name in (
        ("teacher_states", case.teacher, 2, "teacher layer 2"),
        ("student_states", case.student, 5, "student layer 5"),
    ):
        inputs = inputs_of(module, case, step=17, **{field: spoiled(states, layer, value)})
        with pytest.raises(module.NonFiniteError, match=f"step 17: {name} has NaN or infinite states"):
            module.layer_loss(inputs, module.INITIAL_STATE)


@pytest.mark.parametrize("name", NAMES)
def test_states_that_are_not_finite_are_refused_or_change_nothing(name: str) -> None:
    """In a step that aligns, and in the next one, which may keep the alignment; some layers are off.

    What the aligning step looks at is refused: the selected teacher layers and the student layers that may be matched.
    """
    module, case = emitted(name), dataclasses.replace(make_case(3, "plain"), head=torch.ones(6), mlp=torch.ones(6))
    some = torch.tensor([1.0, 0, 1, 1, 0, 1])
    state = module.INITIAL_STATE
    for step in (12, 13):
        clean = inputs_of(module, case, step=step, head_layer_z=some, mlp_z=some)
        expected, after = module.layer_loss(clean, state)
        for field, states in (("teacher_states", case.teacher), ("student_states", case.student)):
            for layer in range(6):
                inputs = dataclasses.replace(clean, **{field: spoiled(states, layer, float("nan"))})
                output, refusal = expected, ""
                try:
                    output, _ = module.layer_loss(inputs, state)
                except module.NonFiniteError as error:
                    refusal = str(error)
                assert refusal == "" or f"{field.split('_')[0]} layer {layer} has" in refusal
                seen = layer in expected.drawn_layers if field == "teacher_states" else some[layer] != 0
                assert refusal != "" or not seen or step != 12
                assert torch.equal(output.loss, expected.loss)
                assert torch.equal(output.weights_kS, expected.weights_kS)
        state = after


def test_large_finite_states_whose_sum_overflows_are_no_error() -> None:
    module, case = emitted("v3"), make_case(3, "plain")
    states = [torch.full((3, 4, 5), 2e37, dtype=torch.float32) for _ in range(6)]
    transform = torch.nn.Identity()
    inputs = inputs_of(module, case, teacher_states=states, student_states=states, transform=transform)
    output, _ = module.layer_loss(inputs, module.INITIAL_STATE)
    assert output.loss.item() == 0.0


MISFITS: list[tuple[str, dict[str, Any], str]] = [
    ("v4", {"head_layer_z": torch.ones(5)}, r"step 3: head_layer_z has shape \(5,\), expected one gate for each of 6"),
    ("v4", {"mlp_z": torch.ones(6, 1)}, r"step 3: mlp_z has shape \(6, 1\)"),
    ("v4", {"drawn_layers": (1, 6)}, "step 3: teacher layer 6 is selected, expected one of 6"),
    ("v4", {"teacher_states": [torch.zeros(3, 4, 5)] * 3}, "step 3: the teacher has 3 layers, expected at least 4"),
    ("v4", {"transform": torch.nn.Identity()}, r"step 3: student layer \d has shape \(3, 4, 6\) when transformed"),
    (
        "v2",
        {"teacher_states": [torch.zeros(3, 4, 5)] * 5},
        "step 3: 5 teacher and 6 student layers, expected equal depths",
    ),
    ("random-per-epoch", {"epoch": None}, "step 3: epoch is not given"),
    ("v4-masked", {"attention_mask": None}, "step 3: attention_mask is not given"),
    ("by-expected-sparsity", {"expected_layers": None}, "step 3: expected_layers is not given"),
    ("by-task", {"layer_importance": None}, "step 3: layer_importance is not given"),
]


@pytest.mark.parametrize(("name", "changes", "message"), MISFITS, ids=[m[2][:40] for m in MISFITS])
def test_inputs_that_do_not_fit_are_refused(name: str, changes: dict[str, Any], message: str) -> None:
    module = emitted(name)
    case = dataclasses.replace(make_case(3, "plain"), head=torch.ones(6), mlp=torch.ones(6))
    with pytest.raises(module.InputError, match=message) as caught:
        module.layer_loss(inputs_of(module, case, **{"step": 3, **changes}), module.INITIAL_STATE)
    assert isinstance(caught.value, ValueError)
