"""The training loop that teacher, prune and finetune share: steps, scores, best model, checkpoints, stopping."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from layersweep.generated.wire import ExitCode
from layersweep.runtime.context import StageContext
from layersweep.runtime.failures import StageError
from layersweep.runtime.numerics import global_random_state, restore_global_random_state
from layersweep.runtime.tensorboard import Curves

LOOK_EVERY_STEPS = 10
PROGRESS_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Metrics on the choosing split, the one that chooses, and whether this model may be chosen."""

    metrics: Mapping[str, float]
    score: float
    eligible: bool


class Learner(Protocol):
    """What a stage trains. Its states hold tensors and plain values only."""

    def train_step(self, step: int) -> dict[str, Tensor]:
        """One optimizer step; its losses [] on the device by name, `loss` the one that is minimised."""

    def evaluate(self, step: int) -> Evaluation:
        """Look at the model after `step` steps."""

    def model_state(self) -> dict[str, Any]:
        """What the best model is restored from."""

    def load_model_state(self, state: dict[str, Any]) -> None: ...

    def training_state(self) -> dict[str, Any]:
        """All else that the next step depends on or that must be counted on."""

    def load_training_state(self, state: dict[str, Any]) -> None: ...

    def flush(self) -> None:
        """Write what was recorded on the device."""


@dataclass(frozen=True, slots=True)
class Trained:
    """The model that the learner now holds: its step, its metrics, and whether it was chosen or is simply the last."""

    best_step: int
    metrics: Mapping[str, float]
    chosen: bool


def train(
    context: StageContext,
    learner: Learner,
    *,
    phase: str,
    total_steps: int,
    eval_every_steps: int | None,
    lowest_best: float = float("-inf"),
) -> Trained:
    """Train to the end, from the checkpoint where there is one, and leave the best model in the learner.

    A model whose score does not exceed `lowest_best` is not chosen.

    StageError: non-finite loss (with its step), or asked to stop after a checkpoint was written.
    """
    return _Loop(context, learner, phase, total_steps, eval_every_steps, lowest_best).run()


class _Loop:
    def __init__(
        self,
        context: StageContext,
        learner: Learner,
        phase: str,
        total_steps: int,
        eval_every_steps: int | None,
        lowest_best: float,
    ) -> None:
        self.context = context
        self.learner = learner
        self.phase = phase
        self.total_steps = total_steps
        self.eval_every_steps = eval_every_steps
        self.checkpoints = context.checkpoints
        self.best_step = -1
        self.best_score = lowest_best
        self.best_metrics: Mapping[str, float] = {}
        self.pending: list[tuple[int, dict[str, Tensor]]] = []
        self.told_at = 0.0

    def run(self) -> Trained:
        first = self._restore()
        self.curves = Curves(self.context.stage_dir, first)
        for step in range(first, self.total_steps):
            self._stop_if_requested(step)
            self._train_step(step)
            done = step + 1
            if self._is_evaluation_due(done):
                self._evaluate(done)
            if done % self.context.request.checkpoint_every_steps == 0 and done < self.total_steps:
                self._save(done)
        self._look()
        self.learner.flush()
        self.curves.close()
        if self.best_step < 0:
            return Trained(self.total_steps, self.learner.evaluate(self.total_steps).metrics, chosen=False)
        best = _best_file(self.best_step)
        if not self.checkpoints.is_whole(best):
            raise StageError(ExitCode.RESTART_ME, f"The best model, {best}, was damaged while the stage ran")
        self.learner.load_model_state(self.checkpoints.read(best))
        return Trained(self.best_step, self.best_metrics, chosen=True)

    def _restore(self) -> int:
        state = self.checkpoints.load()
        if state is not None and state["bestStep"] >= 0:
            state = state if self.checkpoints.is_whole(_best_file(state["bestStep"])) else None
        self.context.events.started(None if state is None else state["step"])
        if state is None:
            return 0
        self.best_step, self.best_score = state["bestStep"], state["bestScore"]
        self.best_metrics = state["bestMetrics"]
        self.context.seconds_before = state["seconds"]
        self.learner.load_model_state(state["model"])
        self.learner.load_training_state(state["training"])
        restore_global_random_state(state["random"], self.context.device)
        step: int = state["step"]
        return step

    def _save(self, done: int) -> None:
        self._look()
        self.learner.flush()
        self.checkpoints.save(
            {
                "step": done,
                "bestStep": self.best_step,
                "bestScore": self.best_score,
                "bestMetrics": dict(self.best_metrics),
                "seconds": self.context.seconds,
                "model": self.learner.model_state(),
                "training": self.learner.training_state(),
                "random": global_random_state(self.context.device),
            }
        )
        self.checkpoints.keep_only((_best_file(self.best_step),))
        self.context.events.checkpoint(done)

    def _stop_if_requested(self, done: int) -> None:
        if self.context.stop_requested:
            self._save(done)
            self.curves.close()
            self.context.stop_if_requested(done)

    def _train_step(self, step: int) -> None:
        self.pending.append((step, self.learner.train_step(step)))
        if len(self.pending) >= LOOK_EVERY_STEPS or step == 0:
            self._look()
        now = time.monotonic()
        if now - self.told_at >= PROGRESS_SECONDS or step + 1 == self.total_steps:
            self.told_at = now
            self.context.events.progress(self.phase, step + 1, self.total_steps)

    def _look(self) -> None:
        """Bring the losses of the last steps to the host at once; means go to the curves."""
        if not self.pending:
            return
        names = sorted({name for _, losses in self.pending for name in losses})
        zero = torch.zeros((), device=self.context.device)
        table = torch.stack(
            [torch.stack([losses.get(name, zero).detach().float() for name in names]) for _, losses in self.pending]
        ).cpu()
        steps = [step for step, _ in self.pending]
        self.pending.clear()
        finite = torch.isfinite(table).all(1)
        if not bool(finite.all()):
            row = int((~finite).nonzero()[0])
            wrong = ", ".join(name for name, value in zip(names, table[row], strict=True) if not value.isfinite())
            raise StageError(
                ExitCode.NON_FINITE_LOSS,
                f"Step {steps[row]}: {wrong} is not finite; the last good checkpoint is kept",
                steps[row],
            )
        values = dict(zip(names, table.mean(0).tolist(), strict=True))
        self.context.events.metrics(steps[-1] + 1, values)
        self.curves.add(steps[-1] + 1, values)

    def _is_evaluation_due(self, done: int) -> bool:
        if done == self.total_steps:
            return True
        return self.eval_every_steps is not None and done % self.eval_every_steps == 0

    def _evaluate(self, done: int) -> None:
        self._look()
        found = self.learner.evaluate(done)
        values = {f"selection/{name}": value for name, value in found.metrics.items()}
        self.context.events.metrics(done, values)
        self.curves.add(done, values)
        if found.eligible and found.score > self.best_score:
            self.checkpoints.write(_best_file(done), self.learner.model_state())
            self.best_step, self.best_score, self.best_metrics = done, found.score, found.metrics


def _best_file(step: int) -> str:
    return f"best-{step}.pt"
