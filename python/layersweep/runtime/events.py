"""events.jsonl of an attempt: one JSON line an event, flushed at once, with a heartbeat thread."""

import json
import os
import re
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from layersweep.generated import wire
from layersweep.runtime.json_codec import encode

# As src/store/secrets.ts has it.
_SECRET_NAME = re.compile(
    r"(?:(?:^|[_-])(?:token|credentials?|api[_-]?key|access[_-]?key|private[_-]?key|auth)"
    r"|secret|passw(?:or)?d|passphrase)(?:$|[_-])",
    re.IGNORECASE,
)
_PLACE_NAME = re.compile(r"[_-](?:sock|file|path|dir)$", re.IGNORECASE)
_MIN_SECRET_LENGTH = 6


class EventLog:
    """Appends events; a context manager that beats while it is open."""

    def __init__(self, path: Path, heartbeat_seconds: float) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._heartbeat_seconds = heartbeat_seconds
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._secrets = _secrets_in(os.environ)

    def __enter__(self) -> "EventLog":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._thread.join()
        with self._lock:
            self._file.close()

    def started(self, resumed_from_step: int | None) -> None:
        self._write(wire.EventStarted(at_ms=_now_ms(), resumed_from_step=resumed_from_step))

    def progress(self, phase: str, step: int, total_steps: int) -> None:
        self._write(wire.EventProgress(at_ms=_now_ms(), phase=phase, step=step, total_steps=total_steps))

    def metrics(self, step: int, values: Mapping[str, float]) -> None:
        """Values that are not finite are written as null."""
        finite = {name: value if abs(value) < float("inf") else None for name, value in values.items()}
        self._write(wire.EventMetrics(at_ms=_now_ms(), step=step, values=finite))

    def choices(
        self,
        steps: tuple[int, ...],
        drawn_layers: tuple[tuple[int, ...], ...],
        alignments: tuple[tuple[int, ...], ...],
        steps_without_survivor: int,
    ) -> None:
        self._write(
            wire.EventChoices(
                at_ms=_now_ms(),
                steps=steps,
                drawn_layers=drawn_layers,
                alignments=alignments,
                steps_without_survivor=steps_without_survivor,
            )
        )

    def checkpoint(self, step: int) -> None:
        self._write(wire.EventCheckpoint(at_ms=_now_ms(), step=step))

    def warning(self, message: str) -> None:
        self._write(wire.EventWarning(at_ms=_now_ms(), message=message))

    def failed(self, kind: str, message: str, step: int | None) -> None:
        self._write(wire.EventFailed(at_ms=_now_ms(), kind=kind, message=message, step=step))

    def _beat(self) -> None:
        while not self._closed.wait(self._heartbeat_seconds):
            self._write(wire.EventHeartbeat(at_ms=_now_ms()))

    def _write(self, event: wire.Event) -> None:
        line = json.dumps(encode(event), ensure_ascii=False, allow_nan=False)
        for secret in self._secrets:
            line = line.replace(secret, "***")
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()


def _secrets_in(environment: Mapping[str, str]) -> list[str]:
    """Values of variables with telling names, as JSON writes them, the longest first."""
    values = {
        json.dumps(value, ensure_ascii=False)[1:-1]
        for name, value in environment.items()
        if _SECRET_NAME.search(name) and not _PLACE_NAME.search(name)
    }
    return sorted((value for value in values if len(value) >= _MIN_SECRET_LENGTH), key=len, reverse=True)


def _now_ms() -> float:
    return time.time() * 1000
