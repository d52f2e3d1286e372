"""The stages' flow on a tiny model: what each leaves, what each setting changes, what must not change."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from stage_cases import (
    TINY_MODEL,
    Workplace,
    evaluate_config,
    finetune_config,
    prune_config,
    sparsity,
    strategy,
    teacher_config,
    training,
)

from layersweep.generated import wire
from layersweep.generated.wire import ExitCode
from layersweep.model.cutting import load_cut
from layersweep.runtime.json_codec import encode

WITH_TEACHER = {"teacher": "teacher"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    workplace = Workplace(tmp_path_factory.mktemp("flow"))
    assert (
        workplace.run("teacher", "teacher", teacher_config(120, training=training(120, learningRate=3e-3)))
        == ExitCode.DONE
    )
    return workplace


def pruned(place: Workplace, folder: str, config: dict[str, Any]) -> Any:
    """The result of a prune stage, run once for all tests."""
    if not (place.root / folder / "result.json").exists():
        assert place.run("prune", folder, config, WITH_TEACHER) == ExitCode.DONE
    return place.result(folder)


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


def test_calibration_meets_the_target_where_the_shape_can(place: Workplace) -> None:
    config = prune_config("none", sparsity=sparsity(0.5, gates=["intermediate", "heads"]))
    result = pruned(place, "calibrated", config)
    achieved = result["structure"]["sparsity"]
    assert achieved == pytest.approx(0.5, abs=0.03)
    assert result["target"] == ("reached" if achieved >= 0.499 else "target-not-reached")
    assert result["calibration"]["sparsityBefore"] != result["structure"]["sparsity"]


def test_a_run_that_never_reaches_its_target_ends_with_its_last_model_and_says_so(place: Workplace) -> None:
    config = prune_config("none", 4, sparsity=sparsity(0.9, calibrate=False, gateLearningRate=1e-4))
    result = pruned(place, "unreached", config)
    assert (result["target"], result["bestStep"], result["calibration"]) == ("target-not-reached", 4, None)


def test_models_are_chosen_only_once_the_expected_sparsity_meets_the_target(place: Workplace) -> None:
    config = prune_config("none", 20, sparsity=sparsity(0.4), training=training(20, evalEverySteps=1))
    result = pruned(place, "chosen", config)
    curve = [
        (event["step"], event["values"]["selection/expected_sparsity"], event["values"]["selection/accuracy"])
        for event in place.events("chosen")
        if event["event"] == "metrics" and "selection/expected_sparsity" in event["values"]
    ]
    eligible = [(accuracy, -step) for step, expected, accuracy in curve if round(expected, 5) >= 0.4]
    assert 0 < len(eligible) < len(curve)
    assert result["bestStep"] == -max(eligible)[1]


def test_probes_change_no_bit_of_a_run(place: Workplace) -> None:
    for name in ("v5", "v4"):
        with_probes = pruned(place, f"probed-{name}", prune_config(name, probeEverySteps=1))
        without = pruned(place, f"unprobed-{name}", prune_config(name, probeEverySteps=None))
        assert len(with_probes["probes"]) == 12
        assert without["probes"] == []
        assert place.choices(f"probed-{name}") == place.choices(f"unprobed-{name}")
        one, other = place.hashes(f"probed-{name}"), place.hashes(f"unprobed-{name}")
        assert {file: one[file] for file in other} == other


def test_a_probe_holds_its_step_and_a_slice_of_it(place: Workplace) -> None:
    result = pruned(place, "probed-v4", prune_config("v4", probeEverySteps=1))
    with safe_open(place.root / "probed-v4" / result["probes"][3], "pt") as file:
        metadata = wire.ProbeMetadata.from_json(json.loads(file.metadata()["probe"]))
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a mapping
    assert (metadata.step, metadata.strategy_name, metadata.device) == (3, "v4", "cpu")
    assert metadata.module_sha256 == strategy("v4")["sha256"]
    assert tensors["slice.teacher_states_NBTH"].shape == (6, 2, 8, 24)
    choice = place.choices("probed-v4")
    weights = tensors["step.weights_kS"]
    aligned = torch.where(weights.sum(1) > 0, weights.argmax(1), -1)
    assert aligned.tolist() == choice["alignments"][3]
    matched = torch.nan_to_num(tensors["step.distances_kS"]) * weights
    assert tensors["step.loss"].item() == pytest.approx(matched.sum().item(), rel=1e-5)


def test_recorded_distances_hold_every_pair_and_agree_with_the_step_s_own(place: Workplace) -> None:
    result = pruned(place, "probed-v4", prune_config("v4", probeEverySteps=1))
    lines = [json.loads(line) for line in (place.root / "probed-v4" / "distances.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(12))
    for line, probe in zip(lines, result["probes"], strict=True):
        tensors = load_file(place.root / "probed-v4" / probe)
        drawn = [1, 2, 4, 5]
        every = torch.tensor(line["distances"])[drawn]
        own = tensors["step.distances_kS"]
        torch.testing.assert_close(torch.where(own.isnan(), every, own), every, rtol=1e-5, atol=1e-7)
        assert line["attentionOn"] == "".join(str(int(gate != 0)) for gate in tensors["gates.head_layer_S"])


def test_choices_name_a_surviving_layer_or_none(place: Workplace) -> None:
    result = pruned(place, "vanishing", prune_config("v4", 24, sparsity=sparsity(0.9, gateLearningRate=1)))
    choice = place.choices("vanishing")
    assert choice["steps"] == list(range(24))
    nothing_left = 0
    for match, attention, feed_forward in zip(
        choice["alignments"], choice["attentionOn"], choice["feedForwardOn"], strict=True
    ):
        alive = {layer for layer in range(6) if "1" in (attention[layer], feed_forward[layer])}
        assert {layer for layer in match if layer >= 0} <= alive
        nothing_left += not alive
    assert any("0" in pattern for pattern in choice["attentionOn"])
    assert result["stepsWithoutSurvivor"] == nothing_left


def test_the_rescaled_baseline_gives_the_prediction_the_whole_weight(place: Workplace) -> None:
    for name in ("none", "none-rescaled"):
        pruned(place, f"first-{name}", prune_config(name, 1, sparsity=sparsity(0)))
    plain, rescaled = (place.losses(f"first-{name}", "distillation")[0] for name in ("none", "none-rescaled"))
    assert place.losses("first-none", "prediction") == place.losses("first-none-rescaled", "prediction")
    assert rescaled == pytest.approx(10 * plain)


def test_each_seed_changes_its_own_stream_only(place: Workplace) -> None:
    seeds = {"initialisation": 1, "dataOrder": 1, "gateNoise": 1, "layerDraws": 1}
    pruned(place, "seeds", prune_config("v5", 6))
    for name in seeds:
        config = prune_config("v5", 6, seeds={**seeds, name: 2})
        pruned(place, f"seeds-{name}", config)
    plain = place.choices("seeds")
    draws = {name: place.choices(f"seeds-{name}")["drawnLayers"] != plain["drawnLayers"] for name in seeds}
    assert draws == {"initialisation": False, "dataOrder": False, "gateNoise": False, "layerDraws": True}
    weights = {name: place.hashes(f"seeds-{name}")["masked/model.safetensors"] for name in seeds}
    assert place.hashes("seeds")["masked/model.safetensors"] not in weights.values()
    assert len(set(weights.values())) == len(seeds)


def test_equal_requests_give_equal_bits(place: Workplace) -> None:
    for folder in ("twice-1", "twice-2"):
        pruned(place, folder, prune_config("v6", 6))
    assert place.hashes("twice-1") == place.hashes("twice-2")


def test_accumulated_parts_draw_gates_and_layers_once_and_give_the_same_step(place: Workplace) -> None:
    """Without dropout, parts of a batch of equal lengths add up to the whole batch's gradient."""
    whole = prune_config("v5", 6, probeEverySteps=None)
    parts = {**whole, "training": training(6, accumulationSteps=4)}
    pruned(place, "whole", whole)
    pruned(place, "parts", parts)
    one, other = place.choices("whole"), place.choices("parts")
    assert one["drawnLayers"] == other["drawnLayers"]
    assert one["attentionOn"] == other["attentionOn"]


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
