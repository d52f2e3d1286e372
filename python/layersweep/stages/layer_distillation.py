"""The layer loss of a stage: the emitted module's, with its state, its records and its probes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from layersweep.generated.wire import ExitCode
from layersweep.model.transformation import LayerTransformation
from layersweep.runtime.choices import Choice, ChoiceRecorder
from layersweep.runtime.failures import StageError, bad_request
from layersweep.runtime.numerics import Numerics
from layersweep.runtime.probes import ProbedStep, write_probe
from layersweep.runtime.strategy_module import LayerLossOutput, StrategyModule

DISTANCES_PER_PROBE = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerGates:
    """What decides which student layers may be matched; None: no such gates (yet)."""

    attention_S: Tensor | None
    feed_forward_S: Tensor | None
    expected_layers: Callable[[], float] | None
    """Asked for where the strategy needs it: it waits for the device."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """Where choices and probes of a stage go."""

    recorder: ChoiceRecorder
    probe_dir: Path
    probe_every_steps: int | None


class LayerDistillation:
    """Calls the module once a forward pass. Layers are drawn and aligned in the first one of an optimizer step."""

    def __init__(
        self,
        module: StrategyModule,
        transformation: LayerTransformation,
        numerics: Numerics,
        seed: int,
        importance: Sequence[float] | None,
        records: Records | None,
    ) -> None:
        self.module = module
        self.transformation = transformation
        self.numerics = numerics
        self.seed = seed
        self.importance = importance
        self.records = records
        self.layer_state: Any = module.initial_state
        self.drawn_layers: tuple[int, ...] = ()

    def loss(
        self,
        teacher_states: Sequence[Tensor],
        student_states: Sequence[Tensor],
        attention_mask_BT: Tensor,
        gates: LayerGates,
        *,
        step: int,
        epoch: int,
        is_first: bool,
    ) -> Tensor:
        """The layer loss [] of one forward pass; `is_first` of its optimizer step."""
        needs_layers = "expected-layers" in self.module.needs
        inputs: dict[str, Any] = {
            "teacher_states": teacher_states,
            "student_states": student_states,
            "transform": self._transform,
            "head_layer_z": None if gates.attention_S is None else gates.attention_S.detach(),
            "mlp_z": None if gates.feed_forward_S is None else gates.feed_forward_S.detach(),
            "step": step,
            "seed": self.seed,
            "attention_mask": attention_mask_BT,
            "epoch": epoch,
            "expected_layers": _expected_layers(gates, len(student_states)) if needs_layers else None,
            "layer_importance": self.importance,
            "drawn_layers": None if is_first else self.drawn_layers,
            "all_distances": is_first and self._is_probed(step),
        }
        output, state = self._call(inputs, step)
        if is_first:
            self.layer_state, self.drawn_layers = state, output.drawn_layers
            self._record(inputs, output, epoch)
        return output.loss

    def state(self) -> dict[str, Any]:
        """The module's state as plain values."""
        state = self.layer_state
        return {
            "layerState": [list(state.drawn_layers), state.redraw_index, state.aligned_step, state.weights_kS],
            "records": None if self.records is None else self.records.recorder.state(),
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        drawn, redraw_index, aligned_step, weights_kS = state["layerState"]
        if weights_kS is not None:
            weights_kS = weights_kS.to(self.numerics.device)
        self.layer_state = self.module.state((tuple(drawn), redraw_index, aligned_step, weights_kS))
        if self.records is not None:
            self.records.recorder.load_state(state["records"])

    def flush(self) -> None:
        """Write what was recorded on the device."""
        if self.records is not None:
            self.records.recorder.flush()

    @property
    def steps_without_survivor(self) -> int:
        """Recorded steps at which nothing was matched."""
        return 0 if self.records is None else self.records.recorder.steps_without_survivor

    def _call(self, inputs: dict[str, Any], step: int) -> tuple[LayerLossOutput, Any]:
        try:
            with self.numerics.no_autocast():
                return self.module.layer_loss(self.layer_state, **inputs)
        except IndexError as error:
            raise bad_request(f"{self.module.name} failed at step {step} as the published code does: {error}") from None
        except ValueError as error:
            if self.module.is_non_finite_error(error):
                raise StageError(ExitCode.NON_FINITE_LOSS, f"Non-finite states: {error}", step) from None
            raise bad_request(f"{self.module.name}: {error}") from None

    def _transform(self, x_BTH: Tensor) -> Tensor:
        with self.numerics.autocast():
            if self.numerics.autocast_dtype is None:
                x_BTH = x_BTH.to(self.transformation.weight.dtype)
            result: Tensor = self.transformation(x_BTH)
            return result

    def _record(self, inputs: dict[str, Any], output: LayerLossOutput, epoch: int) -> None:
        if self.records is None:
            return
        step, probe_every = inputs["step"], self.records.probe_every_steps
        distances_NS = None
        if probe_every is not None and step % max(1, probe_every // DISTANCES_PER_PROBE) == 0:
            distances_NS = self._all_distances(inputs)
        self.records.recorder.add(_choice(inputs, output), distances_NS)
        if self._is_probed(step):
            probed = ProbedStep(
                inputs=inputs,
                output=output,
                redraw_index=self.layer_state.redraw_index,
                epoch=epoch,
                compute_dtype=self.numerics.autocast_dtype or self.transformation.weight.dtype,
            )
            with self.numerics.no_autocast():
                write_probe(self.records.probe_dir, self.module, self.transformation, probed)

    def _is_probed(self, step: int) -> bool:
        probe_every = None if self.records is None else self.records.probe_every_steps
        return probe_every is not None and step % probe_every == 0

    @torch.no_grad()
    def _all_distances(self, inputs: dict[str, Any]) -> Tensor:
        """Mean squared errors over all tokens [N, S], for every strategy's choice on these states to be found later."""
        with self.numerics.no_autocast():
            dtype = self.numerics.loss_dtype
            student = [self._transform(state).to(dtype) for state in inputs["student_states"]]
            rows = [[F.mse_loss(x, t.to(dtype)) for x in student] for t in inputs["teacher_states"]]
        return torch.stack([torch.stack(row) for row in rows])


def _expected_layers(gates: LayerGates, layers: int) -> float:
    """Without gates every layer is expected to stay."""
    return float(layers) if gates.expected_layers is None else gates.expected_layers()


def _choice(inputs: dict[str, Any], output: LayerLossOutput) -> Choice:
    weights_kS = output.weights_kS
    heaviest_k = weights_kS.argmax(1)
    aligned_k = torch.where(weights_kS.sum(1) > 0, heaviest_k, torch.full_like(heaviest_k, -1))
    on_S = torch.ones(len(inputs["student_states"]), dtype=torch.bool, device=weights_kS.device)
    attention_S, feed_forward_S = inputs["head_layer_z"], inputs["mlp_z"]
    return Choice(
        step=inputs["step"],
        drawn_layers=tuple(output.drawn_layers),
        aligned_k=aligned_k,
        attention_on_S=on_S if attention_S is None else attention_S != 0,
        feed_forward_on_S=on_S if feed_forward_S is None else feed_forward_S != 0,
    )
