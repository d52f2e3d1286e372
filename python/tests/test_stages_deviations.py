"""Upstream's defects, reproduced when asked for by name only, and what a result says of them."""

from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from stage_cases import Workplace, finetune_config, prune_config, sparsity, task, teacher_config, training

from layersweep.generated.wire import ExitCode

STEPS = 4


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Hardly trained teachers of a task whose score is then not above 0, and of one with a single logit."""
    workplace = Workplace(tmp_path_factory.mktemp("deviations"))
    for name in ("cola", "stsb"):
        config = teacher_config(1, task=glue(workplace, name), training=training(1, learningRate=1e-9))
        assert workplace.run("teacher", name, config) == ExitCode.DONE
    return workplace


def glue(place: Workplace, name: str) -> dict[str, Any]:
    """A GLUE task of a few rows, chosen and reported on the dev set."""
    words = ["same", "near", "far", "else"]
    cola = [f"x\t{number % 2}\t\tthe {words[number % 4]} thing {number}" for number in range(16)]
    stsb = ["sentence1\tsentence2\tscore", *[f"{words[n % 4]} {n}\tthing {n}\t{n % 4}" for n in range(16)]]
    folder, lines = {"cola": ("CoLA", cola), "stsb": ("STS-B", stsb)}[name]
    directory = place.root / "glue" / folder
    directory.mkdir(parents=True, exist_ok=True)
    for file in ("train.tsv", "dev.tsv"):
        (directory / file).write_text("\n".join(lines) + "\n")
    return task(name=name, source={"kind": "directory", "path": str(place.root / "glue")}, split="dev")


def pruning(place: Workplace, name: str, **changes: Any) -> dict[str, Any]:
    """From the teacher, every model being sparse enough."""
    reached = sparsity(0, calibrate=False, initialIntermediateLogit=10)
    held = training(STEPS, learningRate=1e-9, evalEverySteps=1)
    return prune_config(
        "none", task=glue(place, name), probeEverySteps=None, sparsity=reached, **{"training": held, **changes}
    )


def outcome(place: Workplace, folder: str, teacher: str, config: dict[str, Any]) -> tuple[int, str, list[str]]:
    """The step of the model kept, whether it counts as sparse enough, and the deviations, of a prune stage."""
    assert place.run("prune", folder, config, {"teacher": teacher}) == ExitCode.DONE
    result = place.result(folder)
    return result["bestStep"], result["target"], result["deviations"]


def test_a_score_that_is_never_above_0_is_saved_unless_the_best_starts_there(place: Workplace) -> None:
    on_dev = ["selected-on-reporting-set"]
    assert outcome(place, "cola-own", "cola", pruning(place, "cola")) == (1, "reached", on_dev)
    scores = place.losses("cola-own", "selection/matthews_correlation")
    assert len(scores) == STEPS
    assert max(scores) <= 0
    config = pruning(place, "cola", defects=["best-from-zero"])
    assert outcome(place, "cola-zero", "cola", config) == (STEPS, "reached", ["best-from-zero", *on_dev])
    assert place.losses("cola-zero", "selection/matthews_correlation") == scores


def test_a_task_whose_best_is_never_saved_ends_with_its_last_model(place: Workplace) -> None:
    own = pruning(place, "stsb", training=training(STEPS, learningRate=3e-2, evalEverySteps=1))
    best, _, _ = outcome(place, "stsb-own", "stsb", own)
    scores = place.losses("stsb-own", "selection/combined_score")
    assert scores.index(max(scores)) + 1 == best < STEPS
    named = ["best-never-saved", "selected-on-reporting-set"]
    config = {**own, "defects": ["best-never-saved"]}
    assert outcome(place, "stsb-never", "stsb", config) == (STEPS, "reached", named)
    assert place.losses("stsb-never", "selection/combined_score") == scores
    finetune = finetune_config("none", STEPS, task=own["task"], training=own["training"], defects=["best-never-saved"])
    roles = {"teacher": "stsb", "model": "stsb-never"}
    assert place.run("finetune", "stsb-never-ft", finetune, roles) == ExitCode.DONE
    assert (place.result("stsb-never-ft")["bestStep"], place.result("stsb-never-ft")["deviations"]) == (STEPS, named)


def test_a_softmax_over_a_single_logit_teaches_nothing(place: Workplace) -> None:
    def trained(folder: str, steps: int, *defects: str) -> dict[str, torch.Tensor]:
        fast = training(steps, learningRate=1e-2)
        config = pruning(place, "stsb", training=fast, studentStart="pretrained", defects=list(defects))
        outcome(place, folder, "stsb", config)
        return load_file(place.root / folder / "masked/model.safetensors")

    start = trained("logit-start", 0)
    own, softmax = trained("logit-own", STEPS), trained("logit-softmax", STEPS, "single-logit-softmax")
    assert {name for name in start if not torch.equal(start[name], own[name])}
    assert all(torch.equal(start[name], softmax[name]) for name in start)
    assert place.losses("logit-softmax", "prediction")[0] == 0 < place.losses("logit-own", "prediction")[0]


def test_settings_that_amount_to_a_deviation_are_named_in_the_result(place: Workplace) -> None:
    plain = {**pruning(place, "cola", training=training(1)), "task": {**glue(place, "cola"), "split": "split-dev"}}
    published = {
        **plain,
        "task": glue(place, "cola"),
        "prefinetune": {"unit": "steps", "count": 100},
        "sparsity": sparsity(0, latchTarget=True, calibrate=False),
    }
    assert outcome(place, "named", "cola", published)[2] == [
        "prefinetune-100",
        "sparsity-latched",
        "intermediate-gates-half-open",
        "selected-on-reporting-set",
    ]
    assert outcome(place, "unnamed", "cola", plain)[2] == []
