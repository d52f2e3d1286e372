"""The stages' flow on a tiny model: what each leaves, from the teacher to the score."""

import json
import re

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from stage_cases import (
    TINY_MODEL,
    WITH_TEACHER,
    Workplace,
    evaluate_config,
    finetune_config,
    prune_config,
    pruned,
    sparsity,
)

from layersweep.generated import wire
from layersweep.generated.wire import ExitCode
from layersweep.model.cutting import load_cut
from layersweep.runtime.json_codec import encode


def test_the_whole_chain_runs_and_every_result_is_on_the_wire(place: Workplace) -> None:
    pruned(place, "chain", prune_config("v4"))
    roles = {"teacher": "teacher", "model": "chain"}
    assert place.run("finetune", "chain-ft", finetune_config("v4"), roles) == ExitCode.DONE
    roles["model"] = "chain-ft"
    assert place.run("evaluate", "chain-ev", evaluate_config(), roles) == ExitCode.DONE
    for folder in ("teacher", "chain", "chain-ft", "chain-ev"):
        document = place.result(folder)
        assert encode(wire.read_result(document)) == document
        for event in place.events(folder):
            assert encode(wire.read_event(event)) == event
        assert not (place.root / folder / "checkpoint").exists()
    assert place.result("teacher")["selection"]["accuracy"] > 0.9
    assert place.result("chain-ev")["structure"] == place.result("chain")["structure"]
    lines = [json.loads(line) for line in (place.root / "chain-ev/predictions.jsonl").read_text().splitlines()]
    assert len(lines) == place.result("chain-ev")["examples"] == 20
    right = sum(int(line["logits"][1] > line["logits"][0]) == line["label"] for line in lines)
    assert right / len(lines) == pytest.approx(place.result("chain-ev")["metrics"]["accuracy"])


def test_the_dense_teacher_can_be_evaluated_itself(place: Workplace) -> None:
    roles = {"teacher": "teacher", "model": "teacher"}
    assert place.run("evaluate", "dense-ev", evaluate_config(), roles) == ExitCode.DONE
    result = place.result("dense-ev")
    assert result["structure"]["parameterSparsity"] == 0
    assert result["metrics"]["accuracy"] > 0.9
    assert result["metrics"] == place.result("teacher")["report"]
    assert result["majorityClass"]["accuracy"] >= 0.5


def test_learning_curves_are_tensorboard_files_in_the_stage_s_folder(place: Workplace) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # type: ignore[import-untyped]

    accumulator = EventAccumulator(str(place.root / "teacher" / "tensorboard"))
    accumulator.Reload()
    assert {"loss", "selection/accuracy"} <= set(accumulator.Tags()["scalars"])


def test_the_rescaled_baseline_gives_the_prediction_the_whole_weight(place: Workplace) -> None:
    for name in ("none", "none-rescaled"):
        pruned(place, f"first-{name}", prune_config(name, 1, sparsity=sparsity(0)))
    plain, rescaled = (place.losses(f"first-{name}", "distillation")[0] for name in ("none", "none-rescaled"))
    assert place.losses("first-none", "prediction") == place.losses("first-none-rescaled", "prediction")
    assert rescaled == pytest.approx(10 * plain)


def test_prefinetuning_has_no_gates_and_comes_before_the_pruning_steps(place: Workplace) -> None:
    config = prune_config(
        "v4", 17, prefinetune={"unit": "steps", "count": 3}, sparsity=sparsity(0.9, gateLearningRate=1)
    )
    result = pruned(place, "prefinetuned", config)
    assert result["provenance"]["steps"] == 20
    choice = place.choices("prefinetuned")
    assert choice["steps"] == list(range(20))
    assert choice["attentionOn"][:3] == ["111111"] * 3
    assert any("0" in pattern for pattern in choice["attentionOn"][3:])


def test_the_student_starts_from_the_teacher_or_from_the_pretrained_model(place: Workplace) -> None:
    still = {"sparsity": sparsity(0, calibrate=False)}
    teacher = load_file(place.root / "teacher/model/model.safetensors")
    for start, equal in (("teacher", True), ("pretrained", False)):
        pruned(place, f"start-{start}", prune_config("none", 0, studentStart=start, **still))
        student = load_file(place.root / f"start-{start}/masked/model.safetensors")
        name = "bert.encoder.layer.0.attention.self.query.weight"
        assert torch.equal(student[name], teacher[name]) == equal


def test_a_student_of_another_depth_and_width_is_pruned_and_finetuned_beside_its_teacher(place: Workplace) -> None:
    model = {**TINY_MODEL, "layers": 3, "hiddenSize": 16}
    config = prune_config("v4", 4, model=model, studentStart="pretrained", sparsity=sparsity(0.3))
    structure = pruned(place, "smaller", config)["structure"]
    assert (len(structure["headsPerLayer"]), structure["hiddenSize"] <= 16) == (3, True)
    matched = {layer for alignment in place.choices("smaller")["alignments"] for layer in alignment}
    assert matched <= {-1, 0, 1, 2}
    assert {layer for drawn in place.choices("smaller")["drawnLayers"] for layer in drawn} == {1, 2, 4, 5}
    transformation = load_file(place.root / "smaller/masked/transformation.safetensors")
    assert transformation["weight"].shape == (24, 16)
    roles = {"teacher": "teacher", "model": "smaller"}
    assert place.run("finetune", "smaller-ft", finetune_config("v4", 2), roles) == ExitCode.DONE
    assert place.result("smaller-ft")["structure"] == structure


def test_embeddings_are_not_trained_and_everything_else_is(place: Workplace) -> None:
    pruned(place, "trained", prune_config("v4", 3))
    before = load_file(place.root / "teacher/model/model.safetensors")
    after = load_file(place.root / "trained/masked/model.safetensors")
    unchanged = {name for name in before if torch.equal(before[name], after[name])}
    assert unchanged == {name for name in before if "embeddings" in name}


def test_finetuning_matches_surviving_layers_and_trains_the_cut_model(place: Workplace) -> None:
    pruned(place, "vanishing", prune_config("v4", 24, sparsity=sparsity(0.9, gateLearningRate=1)))
    roles = {"teacher": "teacher", "model": "vanishing"}
    assert place.run("finetune", "vanishing-ft", finetune_config("v4"), roles) == ExitCode.DONE
    before, after = load_cut(place.root / "vanishing/model"), load_cut(place.root / "vanishing-ft/model")
    assert before.config == after.config
    assert not torch.equal(before.classifier.weight, after.classifier.weight)
    assert (place.root / "vanishing-ft/model/transformation.safetensors").exists()


@pytest.mark.parametrize("precision", ["bfloat16", "float16", "float64"])
def test_other_precisions_run_and_probes_say_which(place: Workplace, precision: str) -> None:
    numerics = {"device": "cpu", "threads": 1, "precision": precision}
    assert place.run("prune", precision, prune_config("v4", 3), WITH_TEACHER, numerics=numerics) == ExitCode.DONE
    probe = place.root / precision / place.result(precision)["probes"][0]
    with safe_open(probe, "pt") as file:
        metadata = json.loads(file.metadata()["probe"])
    assert metadata["computeDtype"] == precision


def test_a_sparsity_out_of_reach_says_what_the_gates_can_remove(place: Workplace) -> None:
    config = prune_config("none", sparsity=sparsity(0.9, gates=["heads"]))
    assert place.run("prune", "unreachable", config, WITH_TEACHER) == ExitCode.BAD_REQUEST
    message = place.events("unreachable")[-1]["message"]
    assert re.fullmatch(
        r"A sparsity of 90\.00% is out of reach: gates on heads remove at most \d+\.\d\d% of this model\. .*", message
    )


def test_a_published_strategy_on_another_depth_is_a_bad_request(place: Workplace) -> None:
    assert place.run("prune", "six", prune_config("published/v4"), WITH_TEACHER) == ExitCode.BAD_REQUEST
