"""Strategies that need more than states and gates get it from the stages: layer importance, expected layers, epochs."""

import hashlib
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from emitted import emitted_folder
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from sklearn.linear_model import LogisticRegression
from stage_cases import (
    Workplace,
    finetune_config,
    importance_config,
    prune_config,
    sparsity,
    task,
)
from transformers import AutoModel, AutoTokenizer

from layersweep.data.splits import task_data
from layersweep.generated import wire
from layersweep.generated.wire import ExitCode
from layersweep.runtime.json_codec import encode
from layersweep.stages.importance import linear_cka, probe_score

Array = np.ndarray[Any, Any]


def emitted_strategy(name: str) -> dict[str, Any]:
    file = emitted_folder() / f"{name.replace('-', '_')}.py"
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    return {"kind": "module", "name": name, "file": str(file), "sha256": sha256}


def probe_metadata(path: Path) -> Any:
    with safe_open(path, "pt") as file:
        return json.loads(file.metadata()["probe"])


def measured(place: Workplace, measure: str) -> Any:
    """The result of the importance stage, run once for all tests."""
    if not (place.root / measure / "result.json").exists():
        assert place.run("importance", measure, importance_config(measure), {"teacher": "teacher"}) == ExitCode.DONE
    return place.result(measure)


@pytest.mark.parametrize(("name", "measure"), [("by-task", "probe-accuracy"), ("by-task-cka", "cka-drop")])
def test_by_task_distils_the_layers_that_were_measured_as_most_important(
    place: Workplace, name: str, measure: str
) -> None:
    result = measured(place, measure)
    assert encode(wire.read_result(result)) == result
    importance = result["importance"]
    config = prune_config(strategy=emitted_strategy(name), steps=4)
    roles = {"teacher": "teacher", "importance": measure}
    assert place.run("prune", name, config, roles) == ExitCode.DONE
    best = sorted(sorted(range(6), key=lambda layer: (-importance[layer], layer))[:4])
    assert place.choices(name)["drawnLayers"] == [best] * 4
    metadata = probe_metadata(place.root / name / "probes" / "step-000000.safetensors")
    assert metadata["layerImportance"] == importance
    tuned = finetune_config(strategy=emitted_strategy(name))
    assert place.run("finetune", f"{name}-ft", tuned, {**roles, "model": name}) == ExitCode.DONE


def test_importance_is_what_transformers_and_the_measures_definitions_give_on_the_training_split(
    place: Workplace,
) -> None:
    states, labels_n = states_of_rows(place)
    drops = [1 - cka_by_rows(below, above) for below, above in itertools.pairwise(states)]
    assert measured(place, "cka-drop")["importance"] == pytest.approx(drops, abs=1e-5)
    held_out = round(len(labels_n) / 4)
    accuracies = []
    for state_nH in states[1:]:
        mean_H, deviation_H = state_nH[held_out:].mean(0), state_nH[held_out:].std(0)
        scaled_nH = (state_nH - mean_H) / deviation_H
        probe = LogisticRegression(max_iter=1000).fit(scaled_nH[held_out:], labels_n[held_out:])
        accuracies.append(float((probe.predict(scaled_nH[:held_out]) == labels_n[:held_out]).mean()))
    # A row on the border may fall on either side of it.
    assert measured(place, "probe-accuracy")["importance"] == pytest.approx(accuracies, abs=1.5 / held_out)
    assert measured(place, "probe-accuracy")["rows"] == measured(place, "cka-drop")["rows"] == len(labels_n)


def states_of_rows(place: Workplace) -> tuple[list[Array], Array]:
    """Mean token states below and above each layer [N + 1][n, H], row by row by transformers, and labels [n]."""
    rows = task_data(wire.Task.from_json(task()), place.data).train()
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(0)).tolist()
    folder = place.root / "teacher" / "model"
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    means = []
    with torch.no_grad():
        for index in order:
            tokens = tokenizer(rows[index].first, truncation=True, max_length=16, return_tensors="pt")
            states = model(**tokens, output_hidden_states=True).hidden_states
            means.append([state[0].double().mean(0).numpy() for state in states])
    return [np.stack(layer) for layer in zip(*means, strict=True)], np.array([rows[index].label for index in order])


def cka_by_rows(x_nH: Array, y_nH: Array) -> float:
    """Kornblith et al. 2019, equation 4: HSIC of the rows' similarities."""
    n = len(x_nH)
    centre_nn = np.eye(n) - 1 / n
    x_nn, y_nn = (centre_nn @ z_nH @ z_nH.T @ centre_nn for z_nH in (x_nH, y_nH))
    return float((x_nn * y_nn).sum() / np.sqrt((x_nn * x_nn).sum() * (y_nn * y_nn).sum()))


def test_a_probe_reads_the_task_better_from_a_trained_top_than_by_chance(place: Workplace) -> None:
    assert measured(place, "probe-accuracy")["importance"][-1] > 0.9


@pytest.mark.parametrize("rows", [4, 5, 9])
@pytest.mark.parametrize("regression", [True, False])
def test_a_probe_of_few_rows_has_a_score(rows: int, *, regression: bool) -> None:
    labels_n = np.arange(rows) / 2 if regression else np.arange(rows) % 2
    assert np.isfinite(probe_score(np.random.default_rng(0).normal(size=(rows, 3)), labels_n, regression=regression))


def test_importance_by_another_measure_than_the_strategy_s_is_refused(place: Workplace) -> None:
    measured(place, "cka-drop")
    config = prune_config(strategy=emitted_strategy("by-task"), steps=1)
    roles = {"teacher": "teacher", "importance": "cka-drop"}
    assert place.run("prune", "other-measure", config, roles) == ExitCode.BAD_REQUEST
    assert "importance by probe-accuracy, which by-task selects by" in place.events("other-measure")[-1]["message"]
    assert place.run("prune", "no-measure", config, {"teacher": "teacher"}) == ExitCode.BAD_REQUEST
    assert "names no input 'importance'" in place.events("no-measure")[-1]["message"]


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
