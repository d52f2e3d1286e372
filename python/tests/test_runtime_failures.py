"""Failures end a stage with the right exit code, one message, and nothing half-written."""

import errno
import json
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from stage_cases import Workplace, prune_config, strategy, task, teacher_config, training

from layersweep.data.rows import DataError
from layersweep.generated.wire import ExitCode
from layersweep.runtime.checkpoint import Checkpoints
from layersweep.runtime.events import EventLog
from layersweep.runtime.failures import StageError, failure_of, requested
from layersweep.runtime.files import write_json
from layersweep.runtime.process import run_stage
from layersweep.stages import teacher


@contextmanager
def small_disk(limit: int) -> Iterator[None]:
    """No file may grow beyond `limit` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def raised_by(action: Callable[[], object]) -> Exception:
    try:
        action()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def checkpoints(directory: Path) -> Checkpoints:
    return Checkpoints(directory, "prune-abc", lambda message: None)


def test_an_allocation_that_cannot_be_served_is_out_of_memory() -> None:
    failure = failure_of(raised_by(lambda: torch.empty(2**50)))
    assert (failure.code, failure.kind) == (ExitCode.OUT_OF_MEMORY, "outOfMemory")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"), ExitCode.OUT_OF_MEMORY),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"), ExitCode.OUT_OF_MEMORY),
        (MemoryError(), ExitCode.OUT_OF_MEMORY),
        (RuntimeError("CUDA error: uncorrectable ECC error encountered"), ExitCode.DEVICE_LOST),
        (RuntimeError("CUDA error: unspecified launch failure"), ExitCode.DEVICE_LOST),
        (RuntimeError("CUDA error: all CUDA-capable devices are busy or unavailable"), ExitCode.DEVICE_LOST),
        (OSError(errno.ENOSPC, "No space left on device"), ExitCode.DISK_FULL),
        (RuntimeError("Error while serializing: IoError: No space left on device (os error 28)"), ExitCode.DISK_FULL),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ExitCode.INTERNAL_ERROR),
        (StageError(ExitCode.RESTART_ME, "later"), ExitCode.RESTART_ME),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(error: Exception, code: ExitCode) -> None:
    assert failure_of(error).code == code


def test_only_what_was_requested_makes_a_value_error_a_bad_request() -> None:
    assert failure_of(ValueError("shape")).code == ExitCode.INTERNAL_ERROR
    with pytest.raises(StageError) as caught, requested():
        raise DataError("dev.tsv is missing")
    assert (caught.value.code, caught.value.message) == (ExitCode.BAD_REQUEST, "dev.tsv is missing")


def test_a_full_disk_leaves_the_last_checkpoint_and_nothing_half_written(tmp_path: Path) -> None:
    kept = checkpoints(tmp_path / "checkpoint")
    kept.save({"step": 1})
    with small_disk(50_000):
        error = raised_by(lambda: kept.save({"step": 2, "weights": torch.zeros(100_000)}))
    assert failure_of(error).code == ExitCode.DISK_FULL
    assert kept.load() == {"step": 1}
    assert [path.name for path in (tmp_path / "checkpoint").iterdir()] == ["state.pt"]


def test_a_full_disk_ends_a_stage_which_goes_on_when_there_is_room(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    with small_disk(100_000):
        assert place.run("teacher", "teacher", teacher_config(), checkpointEverySteps=2) == ExitCode.DISK_FULL
    failed = place.events("teacher")[-1]
    assert (failed["event"], failed["kind"]) == ("failed", "diskFull")
    assert failed["message"].startswith("The disk is full: ")
    assert place.run("teacher", "teacher", teacher_config()) == ExitCode.DONE


def test_a_checkpoint_of_another_stage_is_refused(tmp_path: Path) -> None:
    checkpoints(tmp_path).save({"step": 1})
    with pytest.raises(StageError, match="is a checkpoint of prune-abc, not of prune-xyz: remove") as caught:
        Checkpoints(tmp_path, "prune-xyz", lambda message: None).load()
    assert caught.value.code == ExitCode.BAD_REQUEST


def test_a_checkpoint_of_another_torch_is_taken_with_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoints(tmp_path).save({"step": 1})
    warnings: list[str] = []
    monkeypatch.setattr(torch, "__version__", "99.0")
    assert Checkpoints(tmp_path, "prune-abc", warnings.append).load() == {"step": 1}
    assert warnings[0].startswith("The checkpoint was written by torch 2.")


def test_a_diverging_loss_names_its_step_and_keeps_the_checkpoint(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    config = teacher_config(40, training=training(40, learningRate=1e30, gradientClip=1e30))
    assert place.run("teacher", "teacher", config, checkpointEverySteps=1) == ExitCode.NON_FINITE_LOSS
    failed = place.events("teacher")[-1]
    assert failed["kind"] == "nonFiniteLoss"
    assert failed["message"] == f"Step {failed['step']}: loss is not finite; the last good checkpoint is kept"
    assert (tmp_path / "teacher" / "checkpoint" / "state.pt").exists()


BAD_REQUESTS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("unknown field", {"colour": 1}, {}, "$.colour: expected no such field"),
    ("batch", {}, {"training": training(4, accumulationSteps=3)}, "A batch of 8 rows does not divide into 3 parts"),
    ("task", {}, {"task": task(name="imdb")}, "Unknown task 'imdb': expected one of cola"),
    ("no data", {"embeddedDataDir": None}, {}, "The embedded sets are not set up: run `npm run setup`"),
    (
        "no model",
        {},
        {"model": {"source": "directory", "path": "/nowhere", "fingerprint": "0" * 64}},
        "No model in /nowhere: config.json is missing",
    ),
]


@pytest.mark.parametrize(("request_changes", "config_changes", "message"), [case[1:] for case in BAD_REQUESTS])
def test_a_bad_request_is_one_line_and_no_traceback(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    request_changes: dict[str, Any],
    config_changes: dict[str, Any],
    message: str,
) -> None:
    place = Workplace(tmp_path)
    code = place.run("teacher", "teacher", teacher_config(**config_changes), **request_changes)
    assert code == ExitCode.BAD_REQUEST
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_a_request_file_that_is_none_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "request.json"
    assert run_stage("teacher", teacher.execute, ["--request", str(path)]) == ExitCode.BAD_REQUEST
    path.write_text("{")
    assert run_stage("teacher", teacher.execute, ["--request", str(path)]) == ExitCode.BAD_REQUEST
    other = Workplace(tmp_path).request("teacher", "teacher", teacher_config())
    assert run_stage("prune", teacher.execute, ["--request", str(other)]) == ExitCode.BAD_REQUEST
    said = capsys.readouterr().err.splitlines()
    assert said[2] == f"{other} is a request for stage 'teacher', expected 'prune'"
    assert said[0] == f"No request at {path}"
    assert said[1].startswith(f"{path} is no JSON: Expecting property name")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_lost_if_leased_and_else_a_bad_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Workplace(tmp_path)
    numerics = {"device": "cuda", "threads": 1, "precision": "float32"}
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert place.run("teacher", "teacher", teacher_config(), numerics=numerics) == ExitCode.BAD_REQUEST
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-1")
    assert place.run("teacher", "teacher", teacher_config(), numerics=numerics) == ExitCode.DEVICE_LOST


def test_a_module_changed_after_planning_is_refused(tmp_path: Path) -> None:
    place = Workplace(tmp_path)
    assert place.run("teacher", "teacher", teacher_config(1)) == ExitCode.DONE
    changed = {**strategy("v4"), "sha256": "0" * 64}
    assert place.run("prune", "p", prune_config(strategy=changed), {"teacher": "teacher"}) == ExitCode.BAD_REQUEST
    assert "asks for 000000000000…: it was changed after the sweep was planned" in place.events("p")[-1]["message"]


def test_heartbeats_come_between_other_events(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventLog(path, 0.001) as log:
        while path.read_text().count("heartbeat") < 3:
            log.progress("x", 1, 2)
    assert all(json.loads(line)["schemaVersion"] == 1 for line in path.read_text().splitlines())


@given(value=st.one_of(st.integers(), st.text(), st.lists(st.integers())))
def test_a_json_file_holds_what_was_written(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    path = tmp_path_factory.mktemp("json") / "deep" / "file.json"
    write_json(path, value)
    assert json.loads(path.read_text()) == value
    assert list(path.parent.iterdir()) == [path]


def test_an_event_holds_no_secret_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_TOKEN", 'planted"quote')
    monkeypatch.setenv("PGPASSWORD", 'planted"quote and more')
    path = tmp_path / "events.jsonl"
    with EventLog(path, heartbeat_seconds=60) as log:
        log.failed("badRequest", 'refused: planted"quote and more, planted"quote', None)
    assert json.loads(path.read_text())["message"] == "refused: ***, ***"
