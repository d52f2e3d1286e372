"""Device, threads, precision and determinism of a stage: what the promise of equal bits holds for."""

import os
import random
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from layersweep.generated import wire
from layersweep.generated.wire import ExitCode
from layersweep.runtime.failures import StageError, bad_request
from layersweep.runtime.memory import keep_freed_memory

_AUTOCAST = {"bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True, slots=True)
class Numerics:
    """Where and in which types a stage computes."""

    device: torch.device
    precision: str

    @property
    def parameter_dtype(self) -> torch.dtype:
        """Type of weights and gates: float64 where asked for, else float32 (narrower types are autocast)."""
        return torch.float64 if self.precision == "float64" else torch.float32

    @property
    def loss_dtype(self) -> torch.dtype:
        """Type of losses: never a narrower one."""
        return self.parameter_dtype

    @property
    def autocast_dtype(self) -> torch.dtype | None:
        """The narrower type of matrix products, if there is one."""
        return _AUTOCAST.get(self.precision)

    def autocast(self) -> AbstractContextManager[object]:
        """The context in which models run."""
        dtype = self.autocast_dtype
        return nullcontext() if dtype is None else torch.autocast(self.device.type, dtype)

    def no_autocast(self) -> AbstractContextManager[object]:
        """The context in which losses are computed, whatever is around."""
        return torch.autocast(self.device.type, enabled=False)


def set_up_numerics(numerics: wire.Numerics) -> Numerics:
    """Make torch deterministic with the asked number of threads, before the process's first tensor.

    StageError where the device is not there.
    """
    keep_freed_memory()
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(numerics.threads)
    if torch.get_num_interop_threads() != 1:
        torch.set_num_interop_threads(1)
    torch.use_deterministic_algorithms(True)
    # Not what makes results equal, only a guard for programs that read memory they never wrote: 7% of a training step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # a property mypy misses
    torch.backends.cudnn.benchmark = False
    if numerics.device == "cuda" and not torch.cuda.is_available():
        leased = os.environ.get("CUDA_VISIBLE_DEVICES")
        if leased:
            raise StageError(ExitCode.DEVICE_LOST, f"No CUDA device answers (CUDA_VISIBLE_DEVICES={leased})")
        raise bad_request("The request asks for CUDA, and torch sees no CUDA device: choose device cpu")
    return Numerics(torch.device("cuda", 0) if numerics.device == "cuda" else torch.device("cpu"), numerics.precision)


def seed_global_generators(dropout_seed: int, layer_draws_seed: int) -> None:
    """Torch's generators (dropout alone draws from them) and Python's (published strategies alone)."""
    torch.manual_seed(dropout_seed)
    random.seed(layer_draws_seed)


def global_random_state(device: torch.device) -> dict[str, object]:
    """All of the state that `seed_global_generators` set, as it is now."""
    state: dict[str, object] = {"torch": torch.get_rng_state(), "python": random.getstate()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    return state


def restore_global_random_state(state: dict[str, object], device: torch.device) -> None:
    """Go on from what `global_random_state` returned."""
    torch_state, python_state = state["torch"], state["python"]
    assert isinstance(torch_state, torch.Tensor)
    assert isinstance(python_state, tuple)
    torch.set_rng_state(torch_state)
    random.setstate(python_state)
    cuda_state = state.get("cuda")
    if isinstance(cuda_state, torch.Tensor):
        torch.cuda.set_rng_state(cuda_state, device)
