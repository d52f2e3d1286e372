"""Strategies that need more than states and gates get it from the stage: layer importance, expected layers, epochs."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emitted import emitted_folder
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from stage_cases import Workplace, finetune_config, prune_config, sparsity, teacher_config, training

from layersweep.generated.wire import ExitCode
from layersweep.stages.importance import linear_cka


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    workplace = Workplace(tmp_path_factory.mktemp("strategies"))
    config = teacher_config(120, training=training(120, learningRate=3e-3))
    assert workplace.run("teacher", "teacher", config) == ExitCode.DONE
    return workplace


def emitted_strategy(name: str) -> dict[str, Any]:
    file = emitted_folder() / f"{name.replace('-', '_')}.py"
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    return {"kind": "module", "name": name, "file": str(file), "sha256": sha256}


def probe_metadata(path: Path) -> Any:
    with safe_open(path, "pt") as file:
        return json.loads(file.metadata()["probe"])


@pytest.mark.parametrize(("name", "measure"), [("by-task", "probe-accuracy"), ("by-task-cka", "cka-drop")])
def test_by_task_distils_the_layers_that_were_measured_as_most_important(
    place: Workplace, name: str, measure: str
) -> None:
    config = prune_config(strategy=emitted_strategy(name), steps=4)
    assert place.run("prune", name, config, {"teacher": "teacher"}) == ExitCode.DONE
    measured = json.loads((place.root / name / "importance.json").read_text())
    assert measured["measure"] == measure
    importance = measured["importance"]
    best = sorted(sorted(range(6), key=lambda layer: (-importance[layer], layer))[:4])
    assert place.choices(name)["drawnLayers"] == [best] * 4
    metadata = probe_metadata(place.root / name / "probes" / "step-000000.safetensors")
    assert metadata["layerImportance"] == importance
    roles = {"teacher": "teacher", "model": name}
    tuned = finetune_config(strategy=emitted_strategy(name))
    assert place.run("finetune", f"{name}-ft", tuned, roles) == ExitCode.DONE
    assert (place.root / f"{name}-ft" / "importance.json").read_text() == (
        place.root / name / "importance.json"
    ).read_text()


def test_a_probe_reads_the_task_better_from_a_trained_top_than_by_chance(place: Workplace) -> None:
    config = prune_config(strategy=emitted_strategy("by-task"), steps=1)
    assert place.run("prune", "read", config, {"teacher": "teacher"}) == ExitCode.DONE
    importance = json.loads((place.root / "read" / "importance.json").read_text())["importance"]
    assert importance[-1] > 0.9


def test_expected_layers_follow_the_gates(place: Workplace) -> None:
    config = prune_config(
        strategy=emitted_strategy("by-expected-sparsity"), steps=30, sparsity=sparsity(0.95, gateLearningRate=1)
    )
    assert place.run("prune", "expected", config, {"teacher": "teacher"}) == ExitCode.DONE
    counts = [len(drawn) for drawn in place.choices("expected")["drawnLayers"]]
    assert counts[0] == 6
    assert min(counts) < 6
    probes = place.result("expected")["probes"]
    expected = [probe_metadata(place.root / "expected" / probe)["expectedLayers"] for probe in probes]
    assert [max(1, int(value + 0.5)) for value in expected] == counts[::5]


@given(seed=st.integers(0, 1000), scale=st.floats(0.1, 10))
def test_cka_is_one_for_the_same_space_and_does_not_change_with_scale_or_rotation(seed: int, scale: float) -> None:
    generator = np.random.default_rng(seed)
    x, y = generator.normal(size=(30, 5)), generator.normal(size=(30, 7))
    rotation = np.linalg.qr(generator.normal(size=(5, 5)))[0]
    assert linear_cka(x, x @ rotation * scale + 3) == pytest.approx(1)
    assert linear_cka(x @ rotation, y) == pytest.approx(linear_cka(x, scale * y))
    assert 0 <= linear_cka(x, y) <= 1
