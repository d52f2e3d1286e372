"""Probe files: what the layer loss of one step was given and what it made of it, for recomputation elsewhere."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from layersweep.generated import wire
from layersweep.model.transformation import LayerTransformation
from layersweep.runtime.json_codec import encode
from layersweep.runtime.strategy_module import LayerLossOutput, StrategyModule

SLICE_SEQUENCES = 2
SLICE_TOKENS = 8
_DTYPES: dict[torch.dtype, Any] = {
    torch.float64: "float64",
    torch.float32: "float32",
    torch.bfloat16: "bfloat16",
    torch.float16: "float16",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ProbedStep:
    """A step's arguments of `layer_loss`, its output, and in which type its transformation was computed."""

    inputs: dict[str, Any]
    output: LayerLossOutput
    redraw_index: int
    epoch: int
    compute_dtype: torch.dtype


@torch.no_grad()
def write_probe(directory: Path, module: StrategyModule, transformation: LayerTransformation, step: ProbedStep) -> None:
    """Write `step-<number>.safetensors`: the whole step, and a slice of its states with the module's answer to it.

    Draws are passed in, so no random state is touched.
    """
    inputs, output = step.inputs, step.output
    teacher = [_slice(state) for state in inputs["teacher_states"]]
    student = [_slice(state) for state in inputs["student_states"]]
    mask_BT = None if inputs["attention_mask"] is None else _slice(inputs["attention_mask"])
    sliced = {**inputs, "teacher_states": teacher, "student_states": student, "attention_mask": mask_BT}
    sliced.update(drawn_layers=output.drawn_layers, all_distances=True)
    slice_output, _ = module.layer_loss(module.initial_state, **sliced)
    tensors = {
        "slice.teacher_states_NBTH": torch.stack(teacher),
        "slice.student_states_SBTH": torch.stack(student),
        "slice.attention_mask_BT": mask_BT,
        "transform.weight_HH": transformation.weight,
        "transform.bias_H": transformation.bias,
        "gates.head_layer_S": inputs["head_layer_z"],
        "gates.mlp_S": inputs["mlp_z"],
        **_outcome("slice", slice_output),
        **_outcome("step", output),
    }
    metadata = wire.ProbeMetadata(
        step=inputs["step"],
        epoch=step.epoch,
        strategy_name=module.name,
        strategy=module.specification,
        module_sha256=module.sha256,
        states_dtype=_DTYPES[inputs["student_states"][0].dtype],
        compute_dtype=_DTYPES[step.compute_dtype],
        tf32=torch.backends.cuda.matmul.allow_tf32,
        device="cuda" if output.loss.is_cuda else "cpu",
        seed=inputs["seed"],
        drawn_layers=tuple(output.drawn_layers),
        redraw_index=step.redraw_index,
        expected_layers=inputs["expected_layers"],
        layer_importance=None if inputs["layer_importance"] is None else tuple(inputs["layer_importance"]),
        realigned=output.realigned,
    )
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"step-{inputs['step']:06d}.safetensors"
    temporary = path.with_suffix(".partial")
    present = {name: _stored(tensor) for name, tensor in tensors.items() if tensor is not None}
    save_file(present, temporary, metadata={"probe": json.dumps(encode(metadata))})
    temporary.replace(path)


def _outcome(part: str, output: LayerLossOutput) -> dict[str, Tensor | None]:
    return {
        f"{part}.loss": output.loss,
        f"{part}.weights_kS": output.weights_kS,
        f"{part}.distances_kS": output.distances_kS,
        f"{part}.scores_kS": output.scores_kS,
    }


def _slice(values_BT: Tensor) -> Tensor:
    return values_BT[:SLICE_SEQUENCES, :SLICE_TOKENS].detach()


def _stored(tensor: Tensor) -> Tensor:
    """Float64 stays; all else as float32, which holds narrower floats exactly."""
    dtype = torch.float64 if tensor.dtype is torch.float64 else torch.float32
    return tensor.detach().to("cpu", dtype).contiguous().clone()
