"""One optimizer step of CoFi's pruning, and its models' scores by the sparsity rule."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from layersweep.data.tokens import Batch
from layersweep.generated import wire
from layersweep.model.gate_values import Gates
from layersweep.model.gates import HardConcreteGates
from layersweep.model.lagrangian import Lagrangian, target_sparsity
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.model.ops import ClassifierOutput
from layersweep.model.sparsity import achieved_sparsity
from layersweep.model.transformation import LayerTransformation
from layersweep.runtime.numerics import Numerics
from layersweep.stages.deviations import saves_best
from layersweep.stages.distillation import Distillation
from layersweep.stages.inputs import Rows
from layersweep.stages.layer_distillation import LayerGates
from layersweep.stages.loop import Evaluation
from layersweep.stages.optimizers import model_optimizer, plain_optimizer, set_learning_rate
from layersweep.stages.scoring import score
from layersweep.stages.update import Update

NO_GATES = LayerGates(attention_S=None, feed_forward_S=None, expected_layers=None)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Lengths of the phases in optimizer steps: prefinetune without gates, then pruning, of which a part warms up."""

    prefinetune_steps: int
    prune_steps: int
    warmup_steps: int

    @classmethod
    def of(cls, config: wire.PruneConfig, rows: Rows) -> "Schedule":
        """The request's durations in steps."""
        return cls(
            prefinetune_steps=rows.steps(config.prefinetune),
            prune_steps=rows.steps(config.training.duration),
            warmup_steps=rows.steps(config.sparsity.warmup),
        )

    @property
    def total_steps(self) -> int:
        """Both phases."""
        return self.prefinetune_steps + self.prune_steps


class PruneLearner:
    """Student, gates and multipliers, each with an optimizer of its own (Xia et al. 2022, cofi trainer).

    The model's optimizer and its schedule start anew when pruning begins; gates are clamped after every step, before
    that too.
    """

    def __init__(
        self,
        *,
        config: wire.PruneConfig,
        numerics: Numerics,
        student: MaskedClassifier,
        gates: HardConcreteGates,
        transformation: LayerTransformation,
        distillation: Distillation,
        rows: Rows,
        schedule: Schedule,
    ) -> None:
        self.config = config
        self.numerics = numerics
        self.student = student.train()
        self.gates = gates
        self.transformation = transformation
        self.distillation = distillation
        self.rows = rows
        self.schedule = schedule
        self.lagrangian = Lagrangian().to(numerics.device, numerics.parameter_dtype)
        self.gate_noise = torch.Generator().manual_seed(config.seeds.gate_noise)
        self.target_reached = False
        self.update = self._new_update()

    def train_step(self, step: int) -> dict[str, Tensor]:
        is_pruning = step >= self.schedule.prefinetune_steps
        if step == self.schedule.prefinetune_steps:
            self.update = self._new_update()
        self._set_learning_rate(step)
        sampled = self.gates.sample(self.gate_noise) if is_pruning else None
        totals = self._backward(step, sampled)
        if is_pruning:
            totals.update(self._sparsity_losses(step))
            totals["loss"] = totals["distillation"] + totals["lagrangian"]
        else:
            totals["loss"] = totals["distillation"]
        self.update.step()
        self.gates.clamp_logits_()
        return totals

    def evaluate(self, step: int) -> Evaluation:
        """Metrics under deterministic gates; eligible once the expected sparsity has met the target."""
        is_pruning = step > self.schedule.prefinetune_steps
        gates = self.gates.deterministic() if is_pruning else None
        self.student.eval()
        metrics = score(lambda batch: self._forward(batch, gates), self.rows.choose, self.rows.task, self.numerics)
        self.student.train()
        primary = metrics[self.rows.task.primary_metric]
        if gates is None:
            return Evaluation(metrics, primary, eligible=False)
        expected = self.gates.expected_sparsity().item()
        meets_target = self.meets_target(expected)
        eligible = meets_target or (self.config.sparsity.latch_target and self.target_reached)
        self.target_reached = self.target_reached or meets_target
        achieved = achieved_sparsity(self.gates.config, gates)
        return Evaluation(
            {**metrics, "expected_sparsity": expected, "sparsity": achieved},
            primary,
            eligible and saves_best(self.config),
        )

    def meets_target(self, expected_sparsity: float) -> bool:
        sparsity = self.config.sparsity
        return round(expected_sparsity, 5) - sparsity.target >= -sparsity.epsilon

    def model_state(self) -> dict[str, Any]:
        modules = (self.student, self.gates, self.transformation, self.lagrangian)
        return {name: module.state_dict() for name, module in zip(_MODULES, modules, strict=True)}

    def load_model_state(self, state: dict[str, Any]) -> None:
        modules = (self.student, self.gates, self.transformation, self.lagrangian)
        for name, module in zip(_MODULES, modules, strict=True):
            module.load_state_dict(state[name])

    def training_state(self) -> dict[str, Any]:
        layers = self.distillation.layers
        return {
            "update": self.update.state(),
            "gateNoise": self.gate_noise.get_state(),
            "targetReached": self.target_reached,
            "layers": None if layers is None else layers.state(),
        }

    def load_training_state(self, state: dict[str, Any]) -> None:
        self.update.load_state(state["update"])
        self.gate_noise.set_state(state["gateNoise"])
        self.target_reached = state["targetReached"]
        if self.distillation.layers is not None:
            self.distillation.layers.load_state(state["layers"])

    def flush(self) -> None:
        if self.distillation.layers is not None:
            self.distillation.layers.flush()

    def _backward(self, step: int, sampled: Gates | None) -> dict[str, Tensor]:
        """Gradients of the distillation, over all parts of the step's batch; the gates' noise is one for all."""
        layer_gates = NO_GATES
        leaves = sampled
        if sampled is not None:
            layer_gates = LayerGates(
                attention_S=sampled.attention_layer_L,
                feed_forward_S=sampled.feed_forward_layer_L,
                expected_layers=lambda: self.gates.expected_layers().item(),
            )
            leaves = Gates(**{name: gate.detach().requires_grad_() for name, gate in sampled.named()})
        totals: dict[str, Tensor] = {}
        for index, part in enumerate(self.rows.parts(step, self.numerics.device)):
            losses = self.distillation.losses(
                lambda batch: self._forward(batch, leaves),
                part.batch,
                layer_gates,
                step=step,
                epoch=self.rows.order.epoch(step),
                is_first=index == 0,
            )
            self.update.backward(losses["distillation"] * part.share)
            for name, loss in losses.items():
                totals[name] = totals.get(name, 0) + loss.detach() * part.share
        if sampled is not None and leaves is not None:
            pairs = zip(sampled.named(), leaves.named(), strict=True)
            outputs = [(gate, leaf.grad) for (_, gate), (_, leaf) in pairs if leaf.grad is not None]
            torch.autograd.backward([gate for gate, _ in outputs], [grad for _, grad in outputs])
        return totals

    def _sparsity_losses(self, step: int) -> dict[str, Tensor]:
        target = target_sparsity(
            self.config.sparsity.target, step - self.schedule.prefinetune_steps, self.schedule.warmup_steps
        )
        expected = self.gates.expected_sparsity()
        loss = self.lagrangian(expected, target)
        self.update.backward(loss)
        return {
            "lagrangian": loss.detach(),
            "expected_sparsity": expected.detach(),
            "target_sparsity": torch.full_like(loss, target),
        }

    def _forward(self, batch: Batch, gates: Gates | None) -> ClassifierOutput:
        run = self.student if self.student.training else self.student.forward
        return run(batch.input_ids_BT, batch.attention_mask_BT, batch.token_type_ids_BT, gates)

    def _set_learning_rate(self, step: int) -> None:
        """Over the whole run until pruning begins, then anew over what is left, as upstream."""
        before = self.schedule.prefinetune_steps
        at, total = (step, self.schedule.total_steps) if step < before else (step - before, self.schedule.prune_steps)
        set_learning_rate(self.update.optimizers["model"], self.config.training, at, total)

    def _new_update(self) -> Update:
        sparsity = self.config.sparsity
        optimizers = {
            "model": model_optimizer([self.student, self.transformation], self.config.training),
            "gates": plain_optimizer(self.gates.parameters(), sparsity.gate_learning_rate),
            "multipliers": plain_optimizer(
                self.lagrangian.parameters(), sparsity.multiplier_learning_rate, maximize=True
            ),
        }
        return Update(optimizers, self.config.training.gradient_clip, self.numerics)


_MODULES = ("student", "gates", "transformation", "lagrangian")
