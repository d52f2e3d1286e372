"""Why a stage ends other than done, as the exit codes that TypeScript knows."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from layersweep.generated.wire import ExitCode

_OUT_OF_MEMORY = ("out of memory", "cublas_status_alloc_failed", "can't allocate memory", "cannot allocate memory")
_DEVICE_LOST = (
    "ecc error",
    "uncorrectable",
    "gpu is lost",
    "fallen off the bus",
    "no cuda-capable device",
    "unspecified launch failure",
    "cuda driver",
    "driver shutting down",
    "cuda error: unknown error",
    "hardware failure",
    "devices unavailable",
    "device unavailable",
    "busy or unavailable",
)
_DISK_FULL = ("no space left on device", "disk quota exceeded", "file write failed")
_DISK_FULL_CODES = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class StageError(Exception):
    """An end with an exit code and one message for people; `step` is the optimizer step where it is known."""

    def __init__(self, code: ExitCode, message: str, step: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.step = step

    @property
    def kind(self) -> str:
        """The exit code's name as TypeScript writes it."""
        first, *rest = self.code.name.lower().split("_")
        return first + "".join(part.capitalize() for part in rest)


def bad_request(message: str) -> StageError:
    """What the request asks for cannot be done, and trying again will not help."""
    return StageError(ExitCode.BAD_REQUEST, message)


@contextmanager
def requested() -> Iterator[None]:
    """What is asked for is looked at here: a ValueError is the request's fault, not the program's."""
    try:
        yield
    except ValueError as error:
        raise bad_request(str(error)) from error


def failure_of(error: BaseException) -> StageError:
    """The failure that an exception means; an internal error where nothing better is known."""
    if isinstance(error, StageError):
        return error
    text = str(error).lower()
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or _says(text, _OUT_OF_MEMORY):
        return StageError(ExitCode.OUT_OF_MEMORY, f"Out of memory: {_first_line(error)}")
    if _is_disk_full(error) or _says(text, _DISK_FULL):
        return StageError(ExitCode.DISK_FULL, f"The disk is full: {_first_line(error)}")
    if _says(text, _DEVICE_LOST):
        return StageError(ExitCode.DEVICE_LOST, f"The device is lost: {_first_line(error)}")
    return StageError(ExitCode.INTERNAL_ERROR, f"{type(error).__name__}: {_first_line(error)}")


def _is_disk_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in _DISK_FULL_CODES:
            return True
        error = error.__cause__ or error.__context__
    return False


def _says(text: str, phrases: tuple[str, ...]) -> bool:
    return any(phrase in text for phrase in phrases)


def _first_line(error: BaseException) -> str:
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
