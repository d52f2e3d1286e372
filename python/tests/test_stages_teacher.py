"""Teachers that are taken as they are."""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from stage_cases import Workplace, teacher_config

from layersweep.generated.wire import ExitCode


def test_a_finetuned_teacher_of_no_steps_stays_as_it_is(place: Workplace) -> None:
    ready = place.root / "teacher/model"
    config = teacher_config(0, model={"source": "directory", "path": str(ready), "fingerprint": "0" * 64})
    assert place.run("teacher", "ready", config) == ExitCode.DONE
    before, after = (load_file(folder / "model.safetensors") for folder in (ready, place.root / "ready/model"))
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert place.result("ready")["selection"] == place.result("teacher")["selection"]
    assert not [event for event in place.events("ready") if event["event"] == "warning"]


def test_a_teacher_of_no_steps_must_know_the_task(place: Workplace, tmp_path: Path) -> None:
    shutil.copytree(place.root / "teacher/model", tmp_path / "encoder")
    weights = load_file(tmp_path / "encoder/model.safetensors")
    save_file(
        {name: weights[name] for name in weights if "classifier" not in name}, tmp_path / "encoder/model.safetensors"
    )
    model = {"source": "directory", "path": str(tmp_path / "encoder"), "fingerprint": "0" * 64}
    assert place.run("teacher", "encoder", teacher_config(0, model=model)) == ExitCode.BAD_REQUEST
    assert "Expected a model finetuned on the task" in place.events("encoder")[-1]["message"]


def test_a_finetuned_teacher_with_unnamed_labels_in_another_order_is_told(place: Workplace, tmp_path: Path) -> None:
    shutil.copytree(place.root / "teacher/model", tmp_path / "swapped")
    config_file, weights_file = tmp_path / "swapped/config.json", tmp_path / "swapped/model.safetensors"
    named = json.loads(config_file.read_text())
    config_file.write_text(json.dumps({key: named[key] for key in named if key not in ("id2label", "label2id")}))
    weights = load_file(weights_file)
    save_file(
        {name: weights[name].flip(0) if "classifier" in name else weights[name] for name in weights}, weights_file
    )
    model = {"source": "directory", "path": str(tmp_path / "swapped"), "fingerprint": "0" * 64}
    assert place.run("teacher", "swapped", teacher_config(0, model=model)) == ExitCode.DONE
    (warning,) = [event["message"] for event in place.events("swapped") if event["event"] == "warning"]
    assert "hold the order of its labels against the task's (negative, positive)" in warning
