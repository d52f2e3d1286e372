"""Runs emitted layer-loss modules on given inputs and tells what they made of them.

stdin: one JSON object a line, {"moduleFile": path, "case": {...}}; stdout: one JSON object a line, in the same order.
Arrays of numbers travel as base64 of little-endian float64, so that nothing is lost and NaN can pass.
"""

# B sequences, T tokens, H width, N teacher layers, S student layers, k selected layers

import base64
import contextlib
import hashlib
import importlib.util
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

DTYPES = {
    "float64": torch.float64,
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


def main() -> None:
    torch.set_num_threads(1)
    for line in sys.stdin:
        asked = json.loads(line)
        module = load(Path(asked["moduleFile"]))
        sys.stdout.write(json.dumps(run_case(module, asked["case"])) + "\n")
        sys.stdout.flush()


def load(path: Path) -> ModuleType:
    name = "fuzzed_" + hashlib.sha256(str(path).encode()).hexdigest()[:16]
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def run_case(module: ModuleType, case: dict[str, Any]) -> dict[str, Any]:
    ran = Path(module.layer_loss.__code__.co_filename)
    torch.backends.cuda.matmul.allow_tf32 = case["mode"]["tf32"]
    random.seed(case["globalSeed"])
    state = module.INITIAL_STATE
    steps = []
    for step in case["steps"]:
        made, state = run_step(module, case, step, state)
        steps.append(made)
        if "error" in made:
            break
    return {
        "moduleSha256": hashlib.sha256(ran.read_bytes()).hexdigest(),
        "strategySha256": module.STRATEGY_SHA256,
        "needs": list(module.NEEDS),
        "globalState": hashlib.sha256(repr(random.getstate()[1]).encode()).hexdigest(),
        "steps": steps,
    }


def run_step(module: ModuleType, case: dict[str, Any], step: dict[str, Any], state: Any) -> tuple[dict[str, Any], Any]:
    tensors = Leaves(case, step)
    inputs = module.LayerLossInputs(
        teacher_states=tensors.teacher,
        student_states=tensors.student,
        transform=tensors.transform,
        head_layer_z=tensors.gates("headLayerZ"),
        mlp_z=tensors.gates("mlpZ"),
        step=step["step"],
        seed=step["seed"],
        attention_mask=tensors.mask,
        epoch=step["epoch"],
        expected_layers=step["expectedLayers"],
        layer_importance=step["layerImportance"],
        drawn_layers=step["drawnLayers"],
    )
    before = random.getstate()
    try:
        with autocast(case["mode"]):
            output, after = module.layer_loss(inputs, state)
    except (ValueError, IndexError) as error:
        return {"error": error_kind(error), "message": str(error)}, state
    output.loss.backward()
    made = {
        "loss": encode(output.loss),
        "drawnLayers": list(output.drawn_layers),
        "weights": encode(output.weights_kS),
        "distances": encode(output.distances_kS),
        "scores": None if output.scores_kS is None else encode(output.scores_kS),
        "realigned": output.realigned,
        "detached": not (output.weights_kS.requires_grad or output.distances_kS.requires_grad),
        "gradients": tensors.gradients(),
        "state": {
            "drawnLayers": list(after.drawn_layers),
            "redrawIndex": after.redraw_index,
            "alignedStep": after.aligned_step,
            "weights": None if after.weights_kS is None else encode(after.weights_kS),
        },
    }
    made["dropIn"] = run_drop_in(module, case, step, before) if step is case["steps"][0] else None
    return made, after


def run_drop_in(module: ModuleType, case: dict[str, Any], step: dict[str, Any], before: Any) -> dict[str, Any]:
    """The entry point for upstream's trainer on the same step, from the same state of the global generator."""
    tensors = Leaves(case, step)
    gates = {"head_layer_z": tensors.gates("headLayerZ"), "mlp_z": tensors.gates("mlpZ")}
    trainer = SimpleNamespace(
        additional_args=SimpleNamespace(do_layer_distill=True),
        args=SimpleNamespace(seed=step["seed"]),
        model=SimpleNamespace(layer_transformation=tensors.transform),
        global_step=step["step"],
    )
    embeddings = torch.zeros(())
    after = random.getstate()
    random.setstate(before)
    try:
        with autocast(case["mode"]):
            loss = module.calculate_layer_distillation_loss(
                trainer,
                (None, None, (embeddings, *tensors.teacher)),
                (None, None, (embeddings, *tensors.student)),
                {name: gate for name, gate in gates.items() if gate is not None},
            )
    except (ValueError, IndexError) as error:
        return {"error": error_kind(error), "message": str(error)}
    finally:
        random.setstate(after)
    loss.backward()
    return {"loss": encode(loss), "gradients": tensors.gradients()}


class Leaves:
    """The tensors of one step, those that gradient can reach as leaves."""

    def __init__(self, case: dict[str, Any], step: dict[str, Any]) -> None:
        mode, size = case["mode"], case["size"]
        states = DTYPES[mode["statesDtype"]]
        # Under autocast the parameters stay float32, as in training.
        parameters = torch.float32 if mode["autocast"] else states
        device = torch.device(mode["device"])
        token = (size["batch"], size["tokens"])

        def layers(name: str, width: int) -> list[Tensor]:
            flat = decode(step[name]).reshape(-1, *token, width)
            return [layer.to(device, states).requires_grad_() for layer in flat]

        self.step, self.device = step, device
        self.teacher = [layer.detach() for layer in layers("teacherStates", size["width"])]
        self.student = layers("studentStates", size["studentWidth"])
        weight = decode(case["weight"]).reshape(size["width"], size["studentWidth"])
        self.weight_HH = weight.to(device, parameters).requires_grad_()
        self.bias_H = decode(case["bias"]).to(device, parameters).requires_grad_()
        mask = step["attentionMask"]
        self.mask = None if mask is None else decode(mask).reshape(token).long().to(device)

    def transform(self, states_BTH: Tensor) -> Tensor:
        return functional.linear(states_BTH, self.weight_HH, self.bias_H)

    def gates(self, name: str) -> Tensor | None:
        values = self.step[name]
        return None if values is None else decode(values).to(self.device, torch.float32)

    def gradients(self) -> dict[str, str]:
        student = torch.stack([gradient(layer).double() for layer in self.student])
        return {
            "studentStates": encode(student),
            "weight": encode(gradient(self.weight_HH)),
            "bias": encode(gradient(self.bias_H)),
        }


def error_kind(error: Exception) -> str:
    return "IndexError" if isinstance(error, IndexError) else "ValueError"


def gradient(leaf: Tensor) -> Tensor:
    return torch.zeros_like(leaf) if leaf.grad is None else leaf.grad


@contextlib.contextmanager
def autocast(mode: dict[str, Any]) -> Iterator[None]:
    if mode["autocast"] is None:
        yield
        return
    with torch.autocast(mode["device"], dtype=DTYPES[mode["autocast"]]):
        yield


def decode(text: str) -> Tensor:
    return torch.from_numpy(np.frombuffer(base64.b64decode(text), dtype="<f8").copy())


def encode(values: Tensor) -> str:
    return base64.b64encode(values.detach().double().cpu().contiguous().numpy().astype("<f8").tobytes()).decode()


main()
