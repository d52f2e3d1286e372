"""Golden trajectories: whoever changes a stage's numbers raises its numericsVersion, so that no old result is reused.

LAYERSWEEP_UPDATE_GOLDENS=1 writes them anew, for stages whose version is no longer the recorded one.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from stage_cases import (
    Workplace,
    evaluate_config,
    finetune_config,
    importance_config,
    prune_config,
    teacher_config,
    training,
)

from layersweep.generated.wire import NUMERICS_VERSIONS, ExitCode

GOLDENS = Path(__file__).parent / "goldens" / "trajectories.json"
TOLERANCE = 2e-4
"""Relative: rounding differs between processors, and grows over the steps."""
LOGIT_TOLERANCE = 1e-3
"""Of the largest logit: they come last, after the steps of three stages, and a small one has no size of its own."""


@pytest.fixture(scope="module")
def trajectories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each stage measured, step by step."""
    place = Workplace(tmp_path_factory.mktemp("golden"))
    roles = {"teacher": "teacher"}
    prune = prune_config(
        "v5", 30, prefinetune={"unit": "steps", "count": 4}, training=training(30, weightDecay=0.01, warmupFraction=0.2)
    )
    stages: list[tuple[str, dict[str, Any], dict[str, str]]] = [
        ("teacher", teacher_config(30), {}),
        ("importance", importance_config("cka-drop"), roles),
        ("prune", prune, roles),
        ("finetune", finetune_config("v4", 12), {**roles, "model": "prune"}),
        ("evaluate", evaluate_config(), {**roles, "model": "finetune"}),
    ]
    for stage, config, inputs in stages:
        assert place.run(stage, stage, config, inputs) == ExitCode.DONE
    found: dict[str, Any] = {
        stage: [event["values"] for event in place.events(stage) if event["event"] == "metrics"]
        for stage in NUMERICS_VERSIONS
    }
    lines = (place.root / "evaluate" / "predictions.jsonl").read_text().splitlines()
    found["evaluate"] = [json.loads(line)["logits"] for line in lines]
    found["importance"] = place.result("importance")["importance"]
    found["prune"].append(place.choices("prune")["alignments"])
    return found


@pytest.mark.parametrize("stage", NUMERICS_VERSIONS)
def test_a_stage_s_numbers_are_those_of_its_version(stage: str, trajectories: dict[str, Any]) -> None:
    goldens = json.loads(GOLDENS.read_text()) if GOLDENS.exists() else {}
    recorded = goldens.get(stage, {"numericsVersion": None, "trajectory": None})
    version = NUMERICS_VERSIONS[stage]
    if os.environ.get("LAYERSWEEP_UPDATE_GOLDENS") == "1" and recorded["numericsVersion"] != version:
        goldens[stage] = {"numericsVersion": version, "trajectory": trajectories[stage]}
        GOLDENS.write_text(json.dumps(goldens, indent=1) + "\n")
        return
    advice = (
        f"Numbers of stage {stage} moved. If they are meant to, raise its numericsVersion in src/sweep/content-key.ts, "
        "run `npm run generate`, and this test with LAYERSWEEP_UPDATE_GOLDENS=1"
    )
    assert recorded["numericsVersion"] == version, advice
    expected = numbers(recorded["trajectory"])
    smallest = LOGIT_TOLERANCE * max(map(abs, expected)) if stage == "evaluate" else 1e-6
    assert numbers(trajectories[stage]) == pytest.approx(expected, rel=TOLERANCE, abs=smallest), advice


def numbers(value: Any) -> list[float]:
    """All numbers of nested lists and dictionaries, in order."""
    if isinstance(value, dict):
        return [number for name in sorted(value) for number in numbers(value[name])]
    if isinstance(value, list):
        return [number for item in value for number in numbers(item)]
    return [float(value)]
