"""Stage `teacher`: finetune the pretrained model on the task's labels, or take a finetuned one as it is."""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from layersweep.data.tokens import TokenisedRows
from layersweep.generated import wire
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.model.pretrained import save_pretrained
from layersweep.runtime.compiled import compile_
from layersweep.runtime.context import StageContext
from layersweep.runtime.failures import requested
from layersweep.runtime.numerics import seed_global_generators
from layersweep.runtime.process import run_stage
from layersweep.stages.inputs import MODEL_FOLDER, Rows, load_model, load_rows, open_task, tokenise
from layersweep.stages.loop import Evaluation, train
from layersweep.stages.losses import task_loss
from layersweep.stages.optimizers import model_optimizer, set_learning_rate
from layersweep.stages.scoring import score
from layersweep.stages.update import Update


def execute(context: StageContext) -> wire.Result:
    """Train, keep the best model on the choosing split, save it with its tokenizer."""
    assert isinstance(context.request, wire.RequestTeacher)
    config = context.request.config
    data = open_task(context, config.task)
    is_finetuned = config.training.duration.count == 0
    model, tokenizer = load_model(config.model, data.info, config.seeds.initialisation, finetuned=is_finetuned)
    rows = load_rows(data, tokenizer, config.training, config.seeds.data_order)
    # Read before hours of training, which a row that cannot be used would waste.
    with requested():
        report = {
            suffix: tokenise(some, tokenizer, data.info, config.training.max_length)
            for suffix, some in data.report().items()
        }
    if context.compiles:
        compile_(model)
    learner = TeacherLearner(context, config, model, rows)
    seed_global_generators(config.seeds.data_order, 0)
    total_steps = rows.steps(config.training.duration)
    trained = train(
        context,
        learner,
        phase="teacher",
        total_steps=total_steps,
        eval_every_steps=config.training.eval_every_steps,
    )
    if is_finetuned:
        _warn_of_wrong_labels(context, rows, trained.metrics)
    save_pretrained(model, tokenizer, context.stage_dir / MODEL_FOLDER)
    return wire.ResultTeacher(
        key=context.request.key,
        provenance=context.provenance(total_steps),
        selection=trained.metrics,
        best_step=trained.best_step,
        report={
            name + suffix: value
            for suffix, some in report.items()
            for name, value in learner.score_on(some, context.stop_if_requested).items()
        },
    )


def _warn_of_wrong_labels(context: StageContext, rows: Rows, metrics: Mapping[str, float]) -> None:
    """A classifier whose labels have no names may have them in another order: MNLI's then scores far below chance."""
    accuracy = metrics.get("accuracy")
    if accuracy is None:
        return
    majority = rows.choose.labels_N.bincount().max().item() / len(rows.choose)
    if accuracy < majority:
        context.events.warning(
            f"The finetuned teacher answers {accuracy:.1%} of the choosing rows rightly, the majority class "
            f"{majority:.1%}: hold the order of its labels against the task's ({', '.join(rows.task.labels or ())})"
        )


class TeacherLearner:
    """Cross entropy (regression: mean squared error) on labels."""

    def __init__(self, context: StageContext, config: wire.TeacherConfig, model: MaskedClassifier, rows: Rows) -> None:
        self.context = context
        self.training = config.training
        self.rows = rows
        self.numerics = context.numerics
        self.model = model.to(self.numerics.device, self.numerics.parameter_dtype).train()
        self.total_steps = rows.steps(config.training.duration)
        optimizers = {"model": model_optimizer([self.model], config.training)}
        self.update = Update(optimizers, config.training.gradient_clip, self.numerics)

    def train_step(self, step: int) -> dict[str, Tensor]:
        set_learning_rate(self.update.optimizers["model"], self.training, step, self.total_steps)
        total = torch.zeros((), device=self.numerics.device)
        for part in self.rows.parts(step, self.numerics.device):
            batch = part.batch
            with self.numerics.autocast():
                output = self.model(batch.input_ids_BT, batch.attention_mask_BT, batch.token_type_ids_BT)
            loss = task_loss(
                output.logits_BC.to(self.numerics.loss_dtype), batch.labels_B, regression=self.rows.regression
            )
            self.update.backward(loss * part.share)
            total += loss.detach() * part.share
        self.update.step()
        return {"loss": total}

    def evaluate(self, step: int) -> Evaluation:
        del step
        metrics = self.score_on(self.rows.choose)
        return Evaluation(metrics, metrics[self.rows.task.primary_metric], eligible=True)

    def score_on(self, rows: TokenisedRows, check: Callable[[], None] = lambda: None) -> dict[str, float]:
        """The task's metrics of the model as it is; `check` may raise."""
        self.model.eval()
        metrics = score(
            lambda batch: self.model.forward(batch.input_ids_BT, batch.attention_mask_BT, batch.token_type_ids_BT),
            rows,
            self.rows.task,
            self.numerics,
            check,
        )
        self.model.train()
        return metrics

    def model_state(self) -> dict[str, Any]:
        return {"model": self.model.state_dict()}

    def load_model_state(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])

    def training_state(self) -> dict[str, Any]:
        return {"update": self.update.state()}

    def load_training_state(self, state: dict[str, Any]) -> None:
        self.update.load_state(state["update"])

    def flush(self) -> None:
        """Nothing is recorded besides losses."""


if __name__ == "__main__":
    sys.exit(run_stage("teacher", execute))
