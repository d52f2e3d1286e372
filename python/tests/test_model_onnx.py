"""ONNX export: the same logits under onnxruntime. Skipped where onnx, onnxscript or onnxruntime is not installed."""

from pathlib import Path

import pytest
import torch
from model_cases import ModelType, random_gates, small_batch, small_model

from layersweep.model.cutting import cut
from layersweep.model.onnx_export import INPUT_NAMES, export_onnx

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")
pytest.importorskip("onnxscript")

KEPT = {"heads_LN": 0.5, "intermediate_LI": 0.5, "hidden_H": 0.7, "attention_layer_L": 0.7, "feed_forward_layer_L": 0.7}


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_onnxruntime_gives_the_same_logits(kind: ModelType, tmp_path: Path) -> None:
    model = cut(small_model(kind, dtype=torch.float32), random_gates(3, KEPT, torch.float32))
    export_onnx(model, tmp_path / "model.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    batches = [small_batch(kind), tuple(part[:1, :3] for part in small_batch(kind, 1))]
    for batch in batches:
        (logits,) = session.run(["logits"], {name: part.numpy() for name, part in zip(INPUT_NAMES, batch, strict=True)})
        expected = model(*batch).logits_BC.detach()
        torch.testing.assert_close(torch.from_numpy(logits), expected, rtol=1e-4, atol=1e-5)
