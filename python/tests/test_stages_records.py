"""What a pruning records: probes, distances, choices."""

import json

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from stage_cases import Workplace, prune_config, pruned, sparsity, strategy

from layersweep.generated import wire


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
