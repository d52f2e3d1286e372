"""The cut model's logits and labels against the masked one's over the whole dev set of SST-2."""

from typing import Any

import pytest
import torch
from real_glue import directory, needs_glue
from torch import Tensor

from layersweep.data.splits import task_data
from layersweep.model.cutting import cut
from layersweep.model.gates import Gates, HardConcreteGates
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.model.pretrained import load_pretrained
from layersweep.model.sparsity import calibrate_
from layersweep.stages.inputs import num_labels, tokenise

LAYERS = 2
BATCH = 64


def half_gone(model: MaskedClassifier) -> Gates:
    """Deterministic gates of random logits, one sublayer of each kind off."""
    gates = HardConcreteGates(model.gate_config(initial_logit=2.0), torch.Generator().manual_seed(1), torch.float64)
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for name, logits in gates.logits.items():
            logits.add_(2 * torch.randn(logits.shape, generator=generator))
            if name in ("attention_layer", "feed_forward_layer"):
                logits.copy_(torch.tensor([4.0, -4.0] if name == "attention_layer" else [-4.0, 4.0]))
    calibrate_(gates, 0.8)
    return gates.deterministic()


def logits_of(model: Any, batches: list[Any], *gates: Gates) -> Tensor:
    """[N, C] of all rows."""
    with torch.no_grad():
        return torch.cat(
            [
                model(batch.input_ids_BT, batch.attention_mask_BT, batch.token_type_ids_BT, *gates).logits_BC
                for batch in batches
            ]
        )


@needs_glue
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_cut_and_masked_model_agree_on_every_row(dtype: torch.dtype) -> None:
    data = task_data(directory("sst2"), None)
    model, tokenizer = load_pretrained({"source": "embedded", "layers": LAYERS}, num_labels(data.info), 3)
    rows = tokenise(data.choose(), tokenizer, data.info, 128)
    by_length = rows.lengths_N.argsort().tolist()
    batches = [rows.batch(by_length[start : start + BATCH]) for start in range(0, len(rows), BATCH)]
    model = model.to(dtype)
    gates = half_gone(model).to(dtype)
    smaller = cut(model, gates)
    assert 0.7 < smaller.config.structure.sparsity < 0.9
    assert sum(smaller.config.attention_layers) == sum(smaller.config.feed_forward_layers) == 1

    masked_NC, cut_NC = logits_of(model, batches, gates), logits_of(smaller, batches)
    assert len(masked_NC) == 872
    bound = 1e-9 if dtype == torch.float64 else 4e-5 * masked_NC.abs().max().item()
    assert (masked_NC - cut_NC).abs().max().item() <= bound
    top = masked_NC.topk(2).values
    clear = top[:, 0] - top[:, 1] > bound
    assert clear.sum() > 850
    assert torch.equal(masked_NC.argmax(1)[clear], cut_NC.argmax(1)[clear])
