"""Measured speed: shapes and order of the report; how fast is for `npm run bench:train`."""

from collections.abc import Callable

import pytest
import torch
from model_cases import random_gates, small_model
from torch import Tensor

from layersweep.model.cutting import cut
from layersweep.model.gate_values import Gates
from layersweep.model.speed import Speed, measure_speed


def test_every_round_times_both_models() -> None:
    model = small_model(dtype=torch.float32)
    smaller = cut(model, random_gates(0, {"attention_layer_L": 0.0}, torch.float32))
    speed = measure_speed(
        cut(model, Gates()),
        smaller,
        vocab_size=50,
        batch_size=2,
        sequence_length=6,
        rounds=3,
        device=torch.device("cpu"),
    )
    assert (len(speed.dense_seconds), len(speed.cut_seconds)) == (3, 3)
    assert all(seconds > 0 for seconds in (*speed.dense_seconds, *speed.cut_seconds))
    assert speed.spread[0] <= speed.spread[1]


def test_the_models_take_turns_from_the_warm_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    models = {name: cut(small_model(dtype=torch.float32), Gates()) for name in ("dense", "cut")}
    turns: list[tuple[str, tuple[int, ...]]] = []
    for name, model in models.items():

        def logits(ids: Tensor, mask: Tensor, name: str = name, run: Callable[..., Tensor] = model.logits) -> Tensor:
            turns.append((name, tuple(ids.shape)))
            assert mask.all()
            return run(ids, mask)

        monkeypatch.setattr(model, "logits", logits)
    cpu = torch.device("cpu")
    measure_speed(
        models["dense"],
        models["cut"],
        vocab_size=50,
        batch_size=2,
        sequence_length=6,
        rounds=3,
        device=cpu,
        warmup_rounds=1,
    )
    assert turns == [("dense", (2, 6)), ("cut", (2, 6))] * 4


def test_the_speedup_is_the_ratio_of_medians() -> None:
    speed = Speed(batch_size=1, sequence_length=1, dense_seconds=(2.0, 4.0, 90.0), cut_seconds=(1.0, 2.0, 0.5))
    assert speed.speedup == pytest.approx(4.0)
    assert speed.spread == pytest.approx((2.0, 180.0))
