"""Wall-clock time of a dense and a cut classifier, interleaved."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import torch
from torch import Tensor

from layersweep.model.cut_classifier import CutClassifier


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    """Seconds of one batch in each round, warm-up left out, and the ratio of their medians."""

    batch_size: int
    sequence_length: int
    dense_seconds: tuple[float, ...]
    cut_seconds: tuple[float, ...]

    @property
    def speedup(self) -> float:
        """Median dense seconds over median cut seconds."""
        return median(self.dense_seconds) / median(self.cut_seconds)

    @property
    def spread(self) -> tuple[float, float]:
        """Smallest and largest speed-up of a round's own pair."""
        ratios = [dense / cut for dense, cut in zip(self.dense_seconds, self.cut_seconds, strict=True)]
        return min(ratios), max(ratios)


def measure_speed(
    dense: CutClassifier,
    cut: CutClassifier,
    *,
    vocab_size: int,
    batch_size: int,
    sequence_length: int,
    rounds: int,
    device: torch.device,
    warmup_rounds: int = 2,
) -> Speed:
    """Time both models' logits on one random batch without padding, alternating between them, after a warm-up.

    The dense one is a `cut` along no gates, so that both run the same code. On a GPU every timing waits for the device.
    Both models are put into evaluation mode and stay on their device.
    """
    generator = torch.Generator().manual_seed(0)
    input_ids = torch.randint(1000 % vocab_size, vocab_size, (batch_size, sequence_length), generator=generator)
    batch = (input_ids.to(device), torch.ones(batch_size, sequence_length, dtype=torch.long, device=device))
    models = (dense.eval(), cut.eval())
    seconds: tuple[list[float], list[float]] = ([], [])
    with torch.inference_mode():
        for round_index in range(warmup_rounds + rounds):
            for model, times in zip(models, seconds, strict=True):
                elapsed = _time(model.logits, batch, device)
                if round_index >= warmup_rounds:
                    times.append(elapsed)
    return Speed(
        batch_size=batch_size,
        sequence_length=sequence_length,
        dense_seconds=tuple(seconds[0]),
        cut_seconds=tuple(seconds[1]),
    )


def _time(forward: Callable[..., object], batch: tuple[Tensor, Tensor], device: torch.device) -> float:
    _wait(device)
    start = time.perf_counter()
    forward(*batch)
    _wait(device)
    return time.perf_counter() - start


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
