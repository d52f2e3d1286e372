"""A stage as a process: request in, events while it runs, result and exit code out."""

import argparse
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from layersweep.generated import wire
from layersweep.generated.wire import ExitCode
from layersweep.runtime.context import StageContext
from layersweep.runtime.events import EventLog
from layersweep.runtime.failures import StageError, bad_request, failure_of
from layersweep.runtime.files import write_json
from layersweep.runtime.json_codec import WireError, encode
from layersweep.runtime.numerics import set_up_numerics

RESULT_FILE = "result.json"


def run_stage(stage: str, execute: Callable[[StageContext], wire.Result], argv: Sequence[str] | None = None) -> int:
    """Run `execute` on the request that the command line names; the exit code.

    A failure is one line on stderr and a `failed` event; the traceback follows only where the program is at fault.
    """
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    parser = argparse.ArgumentParser(prog=f"python -m layersweep.stages.{stage}")
    parser.add_argument("--request", type=Path, required=True, help="request.json of the stage")
    path: Path = parser.parse_args(argv).request
    try:
        request = _read_request(path, stage)
        log = EventLog(Path(request.attempt_dir) / "events.jsonl", request.heartbeat_seconds)
    except (StageError, OSError) as error:
        return _tell(failure_of(error), None)
    with log:
        try:
            context = StageContext(request=request, events=log, numerics=set_up_numerics(request.numerics))
            _stop_on_sigterm(context)
            result = execute(context)
            write_json(context.stage_dir / RESULT_FILE, encode(result))
            context.checkpoints.remove()
        except Exception as error:
            return _tell(failure_of(error), log, error)
    return ExitCode.DONE


def _read_request(path: Path, stage: str) -> wire.Request:
    try:
        request = wire.read_request(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise bad_request(f"No request at {path}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise bad_request(f"{path} is no JSON: {error}") from None
    except WireError as error:
        raise bad_request(f"{path}: {error}") from None
    if request.stage != stage:
        raise bad_request(f"{path} is a request for stage {request.stage!r}, expected {stage!r}")
    return request


def _stop_on_sigterm(context: StageContext) -> None:
    def request_stop(_signal: int, _frame: FrameType | None) -> None:
        context.stop_requested = True

    signal.signal(signal.SIGTERM, request_stop)


def _tell(failure: StageError, log: EventLog | None, error: BaseException | None = None) -> int:
    if failure.code is ExitCode.INTERNAL_ERROR and error is not None:
        sys.stderr.write("".join(traceback.format_exception(error)))
    sys.stderr.write(f"{failure.message}\n")
    if log is not None and failure.code is not ExitCode.RESTART_ME:
        try:
            log.failed(failure.kind, failure.message, failure.step)
        except OSError as full:
            sys.stderr.write(f"events.jsonl can't be written: {full}\n")
    return failure.code
