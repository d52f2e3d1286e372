"""What the layer loss chose at every step, kept on the device and written every so many steps."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from layersweep.runtime.events import EventLog

CHOICES_FILE = "choices.jsonl"
DISTANCES_FILE = "distances.jsonl"
FLUSH_EVERY_STEPS = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """One step: teacher layers, the matched (heaviest) student layer of each [k] or -1, and which gates are on [S]."""

    step: int
    drawn_layers: tuple[int, ...]
    aligned_k: Tensor
    attention_on_S: Tensor
    feed_forward_on_S: Tensor


class ChoiceRecorder:
    """Writes choices.jsonl (columns of up to 100 steps a line) and distances.jsonl (one matrix a line).

    Gates that are on are written as a string of 0 and 1, a student layer a character. Both files are cut back to where
    a checkpoint was taken when a stage goes on from it.
    """

    def __init__(self, stage_dir: Path, events: EventLog) -> None:
        self._choices = stage_dir / CHOICES_FILE
        self._distances = stage_dir / DISTANCES_FILE
        self._events = events
        self._pending: list[Choice] = []
        self._pending_distances: list[tuple[Choice, Tensor]] = []
        self.steps_without_survivor = 0

    def add(self, choice: Choice, distances_NS: Tensor | None) -> None:
        """Record a step; `distances_NS` between all teacher and student layers where they were computed."""
        if choice.step == 0:
            self._truncate(0, 0)
        self._pending.append(choice)
        if distances_NS is not None:
            self._pending_distances.append((choice, distances_NS))
        if len(self._pending) >= FLUSH_EVERY_STEPS:
            self.flush()

    def flush(self) -> None:
        """Write what is pending, with one synchronisation for all choices and one for all distances."""
        if not self._pending:
            return
        width = max(len(choice.drawn_layers) for choice in self._pending)
        table = torch.stack([_row(choice, width) for choice in self._pending]).tolist()
        layers = len(self._pending[0].attention_on_S)
        aligned, attention, feed_forward = [], [], []
        for choice, row in zip(self._pending, table, strict=True):
            attention.append(_bits(row[:layers]))
            feed_forward.append(_bits(row[layers : 2 * layers]))
            aligned.append(tuple(row[2 * layers :][: len(choice.drawn_layers)]))
        self.steps_without_survivor += sum(all(layer < 0 for layer in match) for match in aligned)
        steps = tuple(choice.step for choice in self._pending)
        drawn = tuple(choice.drawn_layers for choice in self._pending)
        columns = {
            "steps": steps,
            "drawnLayers": drawn,
            "alignments": aligned,
            "attentionOn": attention,
            "feedForwardOn": feed_forward,
        }
        _append(self._choices, [columns])
        self._events.choices(steps, drawn, tuple(aligned), self.steps_without_survivor)
        gates = dict(zip(steps, zip(attention, feed_forward, strict=True), strict=True))
        self._flush_distances(gates)
        self._pending.clear()

    def state(self) -> dict[str, Any]:
        """Where the files end; call it after `flush`."""
        return {
            "choicesBytes": _size(self._choices),
            "distancesBytes": _size(self._distances),
            "stepsWithoutSurvivor": self.steps_without_survivor,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Cut the files back to where `state` was taken."""
        self._truncate(state["choicesBytes"], state["distancesBytes"])
        self.steps_without_survivor = state["stepsWithoutSurvivor"]

    def _flush_distances(self, gates: dict[int, tuple[str, str]]) -> None:
        if not self._pending_distances:
            return
        matrices = torch.stack([distances for _, distances in self._pending_distances]).tolist()
        lines = []
        for (choice, _), matrix in zip(self._pending_distances, matrices, strict=True):
            attention, feed_forward = gates[choice.step]
            distances = [[_number(value) for value in row] for row in matrix]
            lines.append(
                {
                    "step": choice.step,
                    "attentionOn": attention,
                    "feedForwardOn": feed_forward,
                    "distances": distances,
                }
            )
        _append(self._distances, lines)
        self._pending_distances.clear()

    def _truncate(self, choices_bytes: int, distances_bytes: int) -> None:
        for path, size in ((self._choices, choices_bytes), (self._distances, distances_bytes)):
            if path.exists():
                with path.open("r+b") as file:
                    file.truncate(size)


def _row(choice: Choice, width: int) -> Tensor:
    aligned_K = torch.full((width,), -1, device=choice.aligned_k.device)
    aligned_K[: len(choice.aligned_k)] = choice.aligned_k
    return torch.cat([choice.attention_on_S.long(), choice.feed_forward_on_S.long(), aligned_K])


def _bits(row: list[int]) -> str:
    return "".join(str(int(value)) for value in row)


def _number(value: float) -> float | None:
    """Nine digits tell float32 values apart; JSON has no NaN."""
    return float(f"{value:.9g}") if math.isfinite(value) else None


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _append(path: Path, documents: list[dict[str, Any]]) -> None:
    with path.open("a", encoding="utf-8") as file:
        for document in documents:
            file.write(json.dumps(document, separators=(",", ":")) + "\n")
