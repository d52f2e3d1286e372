"""Stage `finetune`: train the cut model on, with the same distillation losses."""

import sys
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from layersweep.data.tokens import Batch
from layersweep.generated import wire
from layersweep.model.cut_classifier import CutClassifier
from layersweep.model.cutting import load_cut, save_cut
from layersweep.model.ops import ClassifierOutput
from layersweep.model.pretrained_weights import write_tensors
from layersweep.model.transformation import LayerTransformation
from layersweep.runtime.compiled import compile_
from layersweep.runtime.context import StageContext
from layersweep.runtime.failures import requested
from layersweep.runtime.numerics import seed_global_generators
from layersweep.runtime.process import run_stage
from layersweep.stages.deviations import deviations_of, lowest_best, saves_best, squares_errors
from layersweep.stages.distillation import Distillation
from layersweep.stages.inputs import MODEL_FOLDER, Rows, load_rows, load_teacher, open_task
from layersweep.stages.layer_distillation import LayerGates
from layersweep.stages.layer_losses import layer_distillation
from layersweep.stages.loop import Evaluation, train
from layersweep.stages.optimizers import model_optimizer, set_learning_rate
from layersweep.stages.pruned import TRANSFORMATION_FILE, structure_on_wire
from layersweep.stages.scoring import score
from layersweep.stages.update import Update


def execute(context: StageContext) -> wire.Result:
    """Train the cut model, keep the best on the choosing split, save it as it came."""
    assert isinstance(context.request, wire.RequestFinetune)
    config = context.request.config
    data = open_task(context, config.task)
    teacher, tokenizer = load_teacher(context.input_dir("teacher"), data.info)
    folder = context.input_dir("model") / MODEL_FOLDER
    with requested():
        student = load_cut(folder)
    rows = load_rows(data, tokenizer, config.training, config.seeds.data_order)

    device, dtype = context.device, context.numerics.parameter_dtype
    transformation = _transformation(folder, student, int(teacher.hf_config.hidden_size)).to(device, dtype)
    teacher.to(device, dtype)
    if context.compiles:
        compile_(teacher)
        compile_(student)
    layers = layer_distillation(
        context,
        config.strategy,
        transformation,
        config.seeds.layer_draws,
        None,
        records=False,
    )
    learner = FinetuneLearner(
        context,
        student.to(device, dtype),
        transformation,
        Distillation(
            teacher,
            config.distillation,
            config.strategy,
            layers,
            context.numerics,
            regression=rows.regression and squares_errors(config),
        ),
        rows,
    )
    seed_global_generators(config.seeds.data_order, config.seeds.layer_draws)
    total_steps = rows.steps(config.training.duration)
    trained = train(
        context,
        learner,
        phase="finetune",
        total_steps=total_steps,
        eval_every_steps=config.training.eval_every_steps,
        lowest_best=lowest_best(config),
    )
    model = context.stage_dir / MODEL_FOLDER
    model.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(model)
    write_tensors(transformation.state_dict(), model / TRANSFORMATION_FILE)
    save_cut(student, model)
    return wire.ResultFinetune(
        key=context.request.key,
        provenance=context.provenance(total_steps),
        selection=trained.metrics,
        best_step=trained.best_step,
        structure=structure_on_wire(student),
        deviations=deviations_of(config),
    )


class FinetuneLearner:
    """Distillation into the cut model.

    What may be matched are the sublayers that were left, for corrected strategies. Upstream has no gates any more at
    this point, so published strategies see none and may match layers that are gone.
    """

    def __init__(
        self,
        context: StageContext,
        student: CutClassifier,
        transformation: LayerTransformation,
        distillation: Distillation,
        rows: Rows,
    ) -> None:
        assert isinstance(context.request, wire.RequestFinetune)
        self.config = context.request.config
        self.training = self.config.training
        self.numerics = context.numerics
        self.student = student.train()
        self.transformation = transformation
        self.distillation = distillation
        self.rows = rows
        self.total_steps = rows.steps(self.training.duration)
        self.layer_gates = self._layer_gates()
        optimizers = {"model": model_optimizer([student, transformation], self.training)}
        self.update = Update(optimizers, self.training.gradient_clip, self.numerics)

    def train_step(self, step: int) -> dict[str, Tensor]:
        set_learning_rate(self.update.optimizers["model"], self.training, step, self.total_steps)
        totals: dict[str, Tensor] = {}
        for index, part in enumerate(self.rows.parts(step, self.numerics.device)):
            losses = self.distillation.losses(
                self._forward,
                part.batch,
                self.layer_gates,
                step=step,
                epoch=self.rows.order.epoch(step),
                is_first=index == 0,
            )
            self.update.backward(losses["distillation"] * part.share)
            for name, loss in losses.items():
                totals[name] = totals.get(name, 0) + loss.detach() * part.share
        self.update.step()
        totals["loss"] = totals["distillation"]
        return totals

    def evaluate(self, step: int) -> Evaluation:
        del step
        self.student.eval()
        metrics = score(self._forward, self.rows.choose, self.rows.task, self.numerics)
        self.student.train()
        return Evaluation(metrics, metrics[self.rows.task.primary_metric], eligible=saves_best(self.config))

    def model_state(self) -> dict[str, Any]:
        return {"student": self.student.state_dict(), "transformation": self.transformation.state_dict()}

    def load_model_state(self, state: dict[str, Any]) -> None:
        self.student.load_state_dict(state["student"])
        self.transformation.load_state_dict(state["transformation"])

    def training_state(self) -> dict[str, Any]:
        layers = self.distillation.layers
        return {"update": self.update.state(), "layers": None if layers is None else layers.state()}

    def load_training_state(self, state: dict[str, Any]) -> None:
        self.update.load_state(state["update"])
        if self.distillation.layers is not None:
            self.distillation.layers.load_state(state["layers"])

    def flush(self) -> None:
        """Choices are recorded while pruning only."""

    def _forward(self, batch: Batch) -> ClassifierOutput:
        run = self.student if self.student.training else self.student.forward
        return run(batch.input_ids_BT, batch.attention_mask_BT, batch.token_type_ids_BT)

    def _layer_gates(self) -> LayerGates:
        layers = self.distillation.layers
        if layers is None or layers.module.is_published:
            return LayerGates(attention_S=None, feed_forward_S=None, expected_layers=None)
        config = self.student.config
        alive = sum(map(max, config.attention_layers, config.feed_forward_layers))
        return LayerGates(
            attention_S=torch.tensor(config.attention_layers, device=self.numerics.device),
            feed_forward_S=torch.tensor(config.feed_forward_layers, device=self.numerics.device),
            expected_layers=lambda: float(alive),
        )


def _transformation(folder: Any, student: CutClassifier, teacher_width: int) -> LayerTransformation:
    """The map that pruning trained, on the hidden dimensions left."""
    transformation = LayerTransformation(student.config.hidden_size, teacher_width)
    with requested():
        transformation.load_state_dict(load_file(folder / TRANSFORMATION_FILE))
    return transformation


if __name__ == "__main__":
    sys.exit(run_stage("finetune", execute))
