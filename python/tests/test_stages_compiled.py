"""`compile: true`: the same training by compiled code, under the same names; refused where nothing can compile."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from stage_cases import TINY_MODEL, Workplace, prune_config, teacher_config, training
from torch import Tensor

from layersweep.generated.wire import ExitCode
from layersweep.model.gate_values import Gates
from layersweep.model.gates import HardConcreteGates
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.model.pretrained import load_pretrained, save_pretrained
from layersweep.runtime.compiled import compile_

ONE_LAYER = {**TINY_MODEL, "layers": 1}
LABELS = ["negative", "positive"]
STEPS = 3
FLOAT32 = 1e-5
"""Of the largest value of a tensor: sums of some hundred terms in another order, 2^-24 each."""
CANCELLING = 1e-3
"""The same for gradients, since sums over a batch cancel to a hundredth of their terms; a wrong one is off by 1."""

needs_compiler = pytest.mark.skipif(shutil.which("g++") is None, reason="no g++: torch.compile makes C++ on a CPU")
takes_minutes = pytest.mark.skipif("LAYERSWEEP_SLOW_TESTS" not in os.environ, reason="LAYERSWEEP_SLOW_TESTS is not set")


@pytest.fixture(scope="module", autouse=True)
def compiled_code(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("compiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCHINDUCTOR_CACHE_DIR", str(folder))
        yield folder


def without_dropout() -> tuple[MaskedClassifier, Any]:
    """Compiled code draws other dropout masks, so that equal steps can be seen without dropout only."""
    model, tokenizer = load_pretrained(ONE_LAYER, 2, 0, LABELS)
    model.hf_config.hidden_dropout_prob = model.hf_config.attention_probs_dropout_prob = 0.0
    return MaskedClassifier(type(model.model)(model.hf_config)), tokenizer


def step(model: MaskedClassifier, ids_BT: Tensor, gates: Gates) -> dict[str, Tensor]:
    """Outputs of a training step, and its gradients by name of parameter or gate."""
    leaves = Gates(**{name: gate.detach().requires_grad_() for name, gate in gates.named()})
    model.zero_grad()
    mask_BT = torch.ones_like(ids_BT)
    mask_BT[0, -3:] = 0
    output = model(ids_BT, mask_BT, torch.zeros_like(ids_BT), leaves)
    loss = output.logits_BC.square().sum() + sum(state.square().mean() for state in output.hidden_states[1:])
    loss.backward()
    found = {"logits": output.logits_BC.detach(), "state": output.hidden_states[-1].detach()}
    found.update((name, tensor.grad) for name, tensor in model.named_parameters() if tensor.grad is not None)
    # A clipped gate passes no gradient on, and what is skipped uncompiled is given none.
    found.update((name, gate.grad * (gate != 0)) for name, gate in leaves.named() if gate.grad is not None)
    return found


@needs_compiler
@takes_minutes
def test_a_compiled_step_has_the_outputs_and_gradients_of_the_uncompiled_one() -> None:
    plain, compiled = without_dropout()[0].train(), without_dropout()[0].train()
    compiled.load_state_dict(plain.state_dict())
    compile_(compiled)
    gates = HardConcreteGates(plain.gate_config(), torch.Generator().manual_seed(1))
    generator = torch.Generator().manual_seed(2)
    for number, (rows, tokens) in enumerate([(8, 12), (6, 9), (8, 12)]):
        sampled = Gates(**{name: gate.detach().clone() for name, gate in gates.sample(generator).named()})
        assert sampled.heads_LN is not None
        if number == 2:
            sampled.heads_LN[0, 1] = 0
        ids_BT = torch.randint(1000, 2000, (rows, tokens), generator=generator)
        expected, found = (step(model, ids_BT, sampled) for model in (plain, compiled))
        assert found.keys() == expected.keys()
        for name, tensor in expected.items():
            if name.endswith("key.bias"):
                continue  # Softmax takes no notice of it: its gradient is 0 but for rounding.
            tolerance = FLOAT32 if name in ("logits", "state") else CANCELLING
            assert (found[name] - tensor).abs().max() <= tolerance * tensor.abs().max(), (number, name)


@needs_compiler
@takes_minutes
def test_a_compiled_pruning_has_the_losses_and_names_of_the_uncompiled_one(tmp_path: Path, compiled_code: Path) -> None:
    place = Workplace(tmp_path)
    model, tokenizer = without_dropout()
    save_pretrained(model, tokenizer, tmp_path / "dropless")
    given = {"source": "directory", "path": str(tmp_path / "dropless"), "fingerprint": "0" * 64}
    assert place.run("teacher", "teacher", teacher_config(2, model=given)) == ExitCode.DONE
    for folder, compiled in (("plain", False), ("compiled", True)):
        train = training(STEPS, evalEverySteps=1, compile=compiled)
        config = prune_config("none", model=given, studentStart="pretrained", training=train, probeEverySteps=None)
        assert place.run("prune", folder, config, {"teacher": "teacher"}) == ExitCode.DONE
    assert list(compiled_code.rglob("*.cpp"))
    # A KL near 0 is what is left of terms near ln 2, each rounded to 6e-8; and AdamW's first steps divide a gradient by
    # its own size, so that rounding moves weights whose gradient is near 0.
    for loss in ("loss", "prediction", "lagrangian", "selection/expected_sparsity"):
        assert place.losses("compiled", loss) == pytest.approx(place.losses("plain", loss), rel=1e-3, abs=1e-6), loss
    for file in ("model/model.safetensors", "masked/model.safetensors"):
        plain_weights, compiled_weights = (load_file(place.root / name / file) for name in ("plain", "compiled"))
        assert plain_weights.keys() == compiled_weights.keys()


def test_where_nothing_compiles_it_is_refused_before_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    place = Workplace(tmp_path)
    config = teacher_config(2, model=ONE_LAYER, training=training(2, compile=True))
    assert place.run("teacher", "teacher", config) == ExitCode.BAD_REQUEST
    assert place.events("teacher")[-1]["message"] == (
        "compile: true needs the C++ compiler no-such-compiler, which is not here: torch.compile makes its code with "
        "it on cpu. Install it, or leave compile out"
    )
    assert not [event for event in place.events("teacher") if event["event"] == "metrics"]
