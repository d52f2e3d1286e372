"""What every stage is handed: its request's common part, its events, its stop flag."""

import resource
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import torch

from layersweep.generated import wire
from layersweep.generated.wire import ExitCode
from layersweep.runtime.checkpoint import Checkpoints
from layersweep.runtime.compiled import check_compiler
from layersweep.runtime.events import EventLog
from layersweep.runtime.failures import StageError, bad_request
from layersweep.runtime.numerics import Numerics

_PACKAGES = ("torch", "transformers", "safetensors", "tokenizers", "numpy")


@dataclass(kw_only=True)
class StageContext:
    """One attempt at a stage."""

    request: wire.Request
    events: EventLog
    numerics: Numerics
    started_at: float = field(default_factory=time.monotonic)
    seconds_before: float = 0.0
    """Spent by earlier attempts up to the checkpoint that this one goes on from."""
    stop_requested: bool = False

    @property
    def device(self) -> torch.device:
        return self.numerics.device

    @property
    def stage_dir(self) -> Path:
        """Where result, model, probes and checkpoint go."""
        return Path(self.request.stage_dir)

    @property
    def checkpoints(self) -> Checkpoints:
        """The stage's checkpoint folder, which every attempt shares."""
        return Checkpoints(self.stage_dir / "checkpoint", self.request.key, self.events.warning)

    @property
    def embedded_data_dir(self) -> Path | None:
        directory = self.request.embedded_data_dir
        return None if directory is None else Path(directory)

    @property
    def seconds(self) -> float:
        """Spent on the stage, what an interrupted attempt did after its last checkpoint left out."""
        return self.seconds_before + time.monotonic() - self.started_at

    @property
    def compiles(self) -> bool:
        """Whether the request asks for torch.compile. StageError where it cannot work here."""
        config = self.request.config
        if not isinstance(config, wire.TeacherConfig | wire.PruneConfig | wire.FinetuneConfig):
            return False
        if config.training.compile:
            check_compiler(self.device)
        return config.training.compile

    def input_dir(self, role: str) -> Path:
        """The folder of a finished input stage. StageError where the request names none."""
        if role not in self.request.inputs:
            raise bad_request(f"The request names no input {role!r}; found {', '.join(self.request.inputs) or 'none'}")
        return Path(self.request.inputs[role])

    def stop_if_requested(self, step: int | None = None) -> None:
        """End with `restart me` after a SIGTERM; call it where nothing is lost."""
        if self.stop_requested:
            raise StageError(ExitCode.RESTART_ME, "Asked to stop; goes on from its checkpoint when started again", step)

    def provenance(self, steps: int) -> wire.Provenance:
        """What the result says about how it came about."""
        return wire.Provenance(
            packages={name: version(name) for name in _PACKAGES},
            device=_device_name(self.device),
            seconds=self.seconds,
            steps=steps,
            peak_memory_bytes=_peak_memory_bytes(self.device),
        )


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "cpu"


def _peak_memory_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
