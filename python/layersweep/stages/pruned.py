"""What a prune stage leaves: calibrated gates, the masked and the cut model, its result."""

from pathlib import Path
from typing import Any

import torch

from layersweep.generated import wire
from layersweep.model.cut_classifier import CutClassifier
from layersweep.model.cutting import cut, save_cut
from layersweep.model.pretrained import save_pretrained
from layersweep.model.pretrained_weights import write_tensors
from layersweep.model.sparsity import CALIBRATION_TOLERANCE, calibrate_
from layersweep.model.transformation import cut_transformation
from layersweep.runtime.choices import CHOICES_FILE
from layersweep.runtime.context import StageContext
from layersweep.stages.deviations import deviations_of
from layersweep.stages.inputs import MODEL_FOLDER
from layersweep.stages.layer_losses import PROBE_FOLDER
from layersweep.stages.loop import Trained
from layersweep.stages.prune_learner import PruneLearner
from layersweep.stages.scoring import score

MASKED_FOLDER = "masked"
TRANSFORMATION_FILE = "transformation.safetensors"


def finish(context: StageContext, learner: PruneLearner, tokenizer: Any, trained: Trained) -> wire.Result:
    """Calibrate where asked, cut, save; the result with the cut model's scores on the choosing split."""
    sparsity = learner.config.sparsity
    calibration = None
    if sparsity.calibrate:
        before, shift = calibrate_(learner.gates, sparsity.target)
        calibration = wire.Calibration(sparsity_before=before, logit_shift=shift)
    gates = learner.gates.deterministic()
    expected = learner.gates.expected_sparsity().item()
    learner.student.eval()
    smaller = cut(learner.student, gates, expected)
    structure = structure_on_wire(smaller)
    save_models(context.stage_dir, learner, tokenizer, smaller)
    reached = trained.chosen or learner.meets_target(expected)
    if sparsity.calibrate:
        reached = structure.sparsity >= sparsity.target - sparsity.epsilon - CALIBRATION_TOLERANCE
    layers = learner.distillation.layers
    return wire.ResultPrune(
        key=context.request.key,
        provenance=context.provenance(learner.schedule.total_steps),
        selection=score(
            lambda batch: smaller(batch.input_ids_BT, batch.attention_mask_BT, batch.token_type_ids_BT),
            learner.rows.choose,
            learner.rows.task,
            learner.numerics,
        ),
        best_step=trained.best_step,
        structure=structure,
        target="reached" if reached else "target-not-reached",
        calibration=calibration,
        deviations=deviations_of(learner.config),
        steps_without_survivor=0 if layers is None else layers.steps_without_survivor,
        probes=probe_files(context.stage_dir),
        choices=None if layers is None else CHOICES_FILE,
    )


def structure_on_wire(model: CutClassifier) -> wire.Structure:
    """What is left of the model, as results say it."""
    return wire.Structure.from_json(model.config.structure.to_wire())


def save_models(stage_dir: Path, learner: PruneLearner, tokenizer: Any, smaller: CutClassifier) -> None:
    """`model/`: the cut model and its tokenizer; `masked/`: the uncut one, its gates and the layer transformation.

    The transformation beside the cut model fits its hidden dimensions.
    """
    masked = stage_dir / MASKED_FOLDER
    save_pretrained(learner.student, tokenizer, masked)
    write_tensors(dict(learner.gates.deterministic().named()), masked / "gates.safetensors")
    write_tensors(
        {name: logits.data for name, logits in learner.gates.logits.items()}, masked / "gate_logits.safetensors"
    )
    write_tensors(learner.transformation.state_dict(), masked / TRANSFORMATION_FILE)
    model = stage_dir / MODEL_FOLDER
    model.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(model)
    hidden = torch.tensor(smaller.config.hidden_indices, device=learner.transformation.weight.device)
    write_tensors(cut_transformation(learner.transformation, hidden).state_dict(), model / TRANSFORMATION_FILE)
    save_cut(smaller, model)


def probe_files(stage_dir: Path) -> tuple[str, ...]:
    """The stage's probes, relative to its folder, in the order of their steps."""
    return tuple(f"{PROBE_FOLDER}/{path.name}" for path in sorted((stage_dir / PROBE_FOLDER).glob("*.safetensors")))
