"""Small models, batches and gates for the tests of `layersweep.model`."""

from typing import Any, Literal

import torch
from torch import Tensor
from transformers import BertConfig, BertForSequenceClassification, RobertaConfig, RobertaForSequenceClassification

from layersweep.model.gates import Gates
from layersweep.model.masked_bert import MaskedClassifier

ModelType = Literal["bert", "roberta"]
SHAPE = {"hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 20}


def small_model(kind: ModelType = "bert", seed: int = 0, dtype: torch.dtype = torch.float64) -> MaskedClassifier:
    """Three layers, 4 heads of 6, every parameter random (biases and LayerNorms too), in evaluation mode."""
    fields: dict[str, Any] = {"vocab_size": 50, "max_position_embeddings": 40, "num_labels": 3, **SHAPE}
    model: Any = (
        BertForSequenceClassification(BertConfig(**fields))
        if kind == "bert"
        else RobertaForSequenceClassification(RobertaConfig(**fields, pad_token_id=1))
    )
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            centre = 1.0 if name.endswith("LayerNorm.weight") else 0.0
            parameter.copy_(centre + 0.3 * torch.randn(parameter.shape, generator=generator))
    return MaskedClassifier(model).to(dtype).eval()


def small_batch(kind: ModelType = "bert", seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """Input ids, attention mask and token types [5, 9] with padding of several lengths."""
    generator = torch.Generator().manual_seed(seed)
    input_ids = torch.randint(5, 50, (5, 9), generator=generator)
    lengths = torch.tensor([9, 7, 2, 5, 1])
    mask = (torch.arange(9) < lengths[:, None]).long()
    types = torch.randint(0, 2, (5, 9), generator=generator) if kind == "bert" else torch.zeros(5, 9, dtype=torch.long)
    return input_ids.masked_fill(mask == 0, 1 if kind == "roberta" else 0), mask, types


def random_gates(seed: int, densities: dict[str, float], dtype: torch.dtype = torch.float64) -> Gates:
    """Soft gates in (0, 1], each on with the density of its kind; a kind without density has no gates."""
    shapes = {
        "heads_LN": (3, 4),
        "intermediate_LI": (3, 20),
        "hidden_H": (24,),
        "attention_layer_L": (3,),
        "feed_forward_layer_L": (3,),
    }
    generator = torch.Generator().manual_seed(seed)
    values = {}
    for name, density in densities.items():
        on = torch.rand(shapes[name], generator=generator) < density
        soft = 0.05 + 0.95 * torch.rand(shapes[name], generator=generator, dtype=dtype)
        values[name] = torch.where(on, soft, 0.0)
    return Gates(**values)
