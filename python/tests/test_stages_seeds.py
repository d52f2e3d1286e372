"""What a run depends on: each seed its own stream, equal requests equal bits, draws once a step."""

from stage_cases import Workplace, prune_config, pruned, training


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
