"""Stages on tasks of other kinds: scores in place of classes, two reporting sets, teachers of another task."""

from pathlib import Path
from typing import Any

import pytest
from stage_cases import Workplace, evaluate_config, prune_config, sparsity, task, teacher_config, training

from layersweep.generated.wire import ExitCode


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def stsb(root: Path) -> dict[str, Any]:
    """A GLUE directory whose score is told by one word."""
    lines = ["sentence1\tsentence2\tscore"]
    for number in range(120):
        word, score = [("same", 5), ("near", 3), ("far", 0)][number % 3]
        lines.append(f"{word} thing {number}\tthing {number}\t{score}")
    (root / "STS-B").mkdir(parents=True)
    for file in ("train.tsv", "dev.tsv"):
        (root / "STS-B" / file).write_text("\n".join(lines) + "\n")
    return task(name="stsb", source={"kind": "directory", "path": str(root)}, split="dev")


def test_a_regression_is_distilled_from_the_teacher_s_scores(place: Workplace) -> None:
    data = stsb(place.root / "glue")
    config = teacher_config(150, task=data, training=training(150, learningRate=1e-2))
    assert place.run("teacher", "stsb", config) == ExitCode.DONE
    assert place.result("stsb")["selection"]["combined_score"] > 0.8
    student = prune_config(
        "none-rescaled",
        80,
        task=data,
        studentStart="pretrained",
        training=training(80, learningRate=1e-2),
        sparsity=sparsity(0, calibrate=False, gateLearningRate=1e-3),
    )
    assert place.run("prune", "stsb-student", student, {"teacher": "stsb"}) == ExitCode.DONE
    assert place.result("stsb-student")["selection"]["combined_score"] > 0.6
    curve = place.losses("stsb-student", "prediction")
    assert curve[-1] < 0.5 * curve[0]


def test_a_teacher_of_another_task_is_refused(place: Workplace) -> None:
    assert place.run("teacher", "teacher", teacher_config(1)) == ExitCode.DONE
    config = prune_config("none", 2, task=stsb(place.root / "glue"))
    assert place.run("prune", "mismatched", config, {"teacher": "teacher"}) == ExitCode.BAD_REQUEST
    assert "is of another task: stsb has one score" in place.events("mismatched")[-1]["message"]


def mnli(root: Path) -> dict[str, Any]:
    """Three classes told by one word; in the mismatched set the word lies."""
    classes = ["entailment", "neutral", "contradiction"]
    (root / "MNLI").mkdir(parents=True)
    for file, shift in (("train.tsv", 0), ("dev_matched.tsv", 0), ("dev_mismatched.tsv", 1)):
        lines = ["index\tsentence1\tsentence2\tgold_label"]
        for number in range(90):
            word = ["yes", "maybe", "no"][number % 3]
            lines.append(f"{number}\t{word} thing\tthing {number}\t{classes[(number + shift) % 3]}")
        (root / "MNLI" / file).write_text("\n".join(lines) + "\n")
    return task(name="mnli", source={"kind": "directory", "path": str(root)}, split="dev")


def test_mnli_is_reported_on_both_sets(place: Workplace) -> None:
    data = mnli(place.root / "glue")
    config = teacher_config(120, task=data, training=training(120, learningRate=1e-2))
    assert place.run("teacher", "mnli", config) == ExitCode.DONE
    roles = {"teacher": "mnli", "model": "mnli"}
    assert place.run("evaluate", "mnli-ev", evaluate_config(task=data), roles) == ExitCode.DONE
    result = place.result("mnli-ev")
    assert result["metrics"] == {"accuracy": 1, "accuracy_mismatched": 0}
    assert result["majorityClass"] == {"accuracy": pytest.approx(1 / 3), "accuracy_mismatched": pytest.approx(1 / 3)}
    assert (result["primaryMetric"], result["examples"]) == ("accuracy", 180)
