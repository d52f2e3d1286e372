"""Which model of a pruning is kept: the sparsity rule, and calibration."""

import pytest
from stage_cases import Workplace, prune_config, pruned, sparsity, training


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
