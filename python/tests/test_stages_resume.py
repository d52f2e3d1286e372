"""A stage that is stopped or killed at any step and started again ends with the same bits as an undisturbed one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stage_cases import Workplace, finetune_config, prune_config, teacher_config, training

from layersweep.generated.wire import ExitCode
from layersweep.runtime.events import EventLog

STEPS = 12


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    workplace = Workplace(tmp_path_factory.mktemp("resume"))
    assert workplace.run("teacher", "teacher", teacher_config()) == ExitCode.DONE
    return workplace


class Stop(BaseException):
    """Not an Exception, so nothing on the way out cleans up, as in a kill."""


def stop_after(monkeypatch: pytest.MonkeyPatch, step: int, action: Any) -> None:
    """Do `action` once, when the stage says that it is past this step."""
    original = EventLog.progress
    done: list[int] = []

    def progress(self: EventLog, phase: str, at: int, total: int) -> None:
        original(self, phase, at, total)
        if at >= step and not done:
            done.append(at)
            action()

    monkeypatch.setattr("layersweep.stages.loop.PROGRESS_SECONDS", 0.0)
    monkeypatch.setattr(EventLog, "progress", progress)


def raise_stop() -> None:
    raise Stop


CASES = {
    "v4": prune_config("v4", STEPS, training=training(STEPS, evalEverySteps=4)),
    "v5": prune_config("v5", STEPS, prefinetune={"unit": "steps", "count": 3}),
    "accumulated": prune_config("v6", STEPS, training=training(STEPS, accumulationSteps=2, batching="bucketed")),
    "published/v5": prune_config(
        "published/v5",
        STEPS,
        model={"source": "random", "layers": 12, "hiddenSize": 12, "heads": 2, "intermediateSize": 8, "seed": 1},
    ),
}


@pytest.mark.parametrize("name", ["v4", "v5", "accumulated"])
@pytest.mark.parametrize("step", [1, 5, 9])
def test_a_prune_stage_killed_after_any_step_goes_on_to_the_same_bits(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, name: str, step: int
) -> None:
    inputs = {"teacher": "teacher"}
    if not (place.root / name / "result.json").exists():
        assert place.run("prune", name, CASES[name], inputs) == ExitCode.DONE
    folder = f"{name}-killed-{step}"
    with monkeypatch.context() as patched:
        stop_after(patched, step, raise_stop)
        with pytest.raises(Stop):
            place.run("prune", folder, CASES[name], inputs, checkpointEverySteps=2)
    assert place.run("prune", folder, CASES[name], inputs, checkpointEverySteps=2) == ExitCode.DONE
    resumed_from = place.events(folder, 2)[0]["resumedFromStep"]
    assert resumed_from == (step // 2 * 2 - (2 if step % 2 == 0 else 0) or None)
    assert place.hashes(folder) == place.hashes(name)
    assert place.result(folder)["selection"] == place.result(name)["selection"]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("name", "damage"), [("state", cut), ("state", flip), ("best-*", cut), ("best-*", flip), ("best-*", Path.unlink)]
)
def test_a_stage_whose_checkpoint_was_damaged_says_so_and_starts_over(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, name: str, damage: Callable[[Path], None]
) -> None:
    config = teacher_config(training=training(6, evalEverySteps=2))
    if not (place.root / "undamaged" / "result.json").exists():
        assert place.run("teacher", "undamaged", config) == ExitCode.DONE
    folder = f"{name[:5]}-{getattr(damage, '__name__', '')}"
    with monkeypatch.context() as patched:
        stop_after(patched, 5, raise_stop)
        with pytest.raises(Stop):
            place.run("teacher", folder, config, checkpointEverySteps=2)
    (path,) = (place.root / folder / "checkpoint").glob(f"{name}.pt")
    damage(path)
    assert place.run("teacher", folder, config) == ExitCode.DONE
    said, started = place.events(folder, 2)[:2]
    assert f"{path} is damaged" in said["message"]
    assert "the stage starts over" in said["message"]
    assert started["resumedFromStep"] is None
    assert place.hashes(folder) == place.hashes("undamaged")


@pytest.mark.parametrize("step", [1, 7])
def test_a_stage_asked_to_stop_checkpoints_where_it_is_and_asks_to_be_restarted(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    inputs = {"teacher": "teacher"}
    if not (place.root / "v4" / "result.json").exists():
        assert place.run("prune", "v4", CASES["v4"], inputs) == ExitCode.DONE
    folder = f"v4-stopped-{step}"
    with monkeypatch.context() as patched:
        stop_after(patched, step, lambda: os.kill(os.getpid(), signal.SIGTERM))
        assert place.run("prune", folder, CASES["v4"], inputs) == ExitCode.RESTART_ME
    assert place.events(folder)[-1] | {"atMs": 0} == {
        "atMs": 0,
        "schemaVersion": 1,
        "event": "checkpoint",
        "step": step,
    }
    assert place.run("prune", folder, CASES["v4"], inputs) == ExitCode.DONE
    assert place.events(folder, 2)[0]["resumedFromStep"] == step
    assert place.hashes(folder) == place.hashes("v4")
    assert not (place.root / folder / "checkpoint").exists()


def test_teacher_and_finetune_go_on_to_the_same_bits_too(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = {"teacher": "teacher"}
    assert place.run("prune", "for-finetune", prune_config("v4", 4), inputs) == ExitCode.DONE
    stages: list[tuple[str, dict[str, Any], dict[str, str]]] = [
        ("teacher", teacher_config(), {}),
        ("finetune", finetune_config("v5", 6), {"teacher": "teacher", "model": "for-finetune"}),
    ]
    for stage, config, roles in stages:
        assert place.run(stage, f"{stage}-whole", config, roles) == ExitCode.DONE
        with monkeypatch.context() as patched:
            stop_after(patched, 3, raise_stop)
            with pytest.raises(Stop):
                place.run(stage, f"{stage}-killed", config, roles, checkpointEverySteps=2)
        assert place.run(stage, f"{stage}-killed", config, roles) == ExitCode.DONE
        assert place.hashes(f"{stage}-killed") == place.hashes(f"{stage}-whole")


def test_published_draws_from_the_global_generator_survive_a_kill(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, inputs = CASES["published/v5"], {"teacher": "teacher-12"}
    assert place.run("teacher", "teacher-12", teacher_config(2, model=config["model"])) == ExitCode.DONE
    assert place.run("prune", "published", config, inputs) == ExitCode.DONE
    with monkeypatch.context() as patched:
        stop_after(patched, 5, raise_stop)
        with pytest.raises(Stop):
            place.run("prune", "published-killed", config, inputs, checkpointEverySteps=2)
    assert place.run("prune", "published-killed", config, inputs) == ExitCode.DONE
    assert place.hashes("published-killed") == place.hashes("published")


def test_a_process_killed_by_the_kernel_goes_on_to_the_same_bits(place: Workplace) -> None:
    inputs = {"teacher": "teacher"}
    if not (place.root / "v4" / "result.json").exists():
        assert place.run("prune", "v4", CASES["v4"], inputs) == ExitCode.DONE
    path = place.request("prune", "v4-sigkill", CASES["v4"], inputs, checkpointEverySteps=1)
    command = [sys.executable, "-m", "layersweep.stages.prune", "--request", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    process = subprocess.Popen(command, env=environment)
    checkpoint = place.root / "v4-sigkill" / "checkpoint" / "state.pt"
    while not checkpoint.exists() and process.poll() is None:
        time.sleep(0.005)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    finished = subprocess.run(
        [*command[:-1], str(place.request("prune", "v4-sigkill", CASES["v4"], inputs))], env=environment, check=False
    )
    assert finished.returncode == ExitCode.DONE
    assert place.events("v4-sigkill", 2)[0]["resumedFromStep"] >= 1
    assert place.hashes("v4-sigkill") == place.hashes("v4")
