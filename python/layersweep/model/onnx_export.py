"""A cut classifier as an ONNX file, for use without torch. Needs the packages onnx and onnxscript."""

from pathlib import Path

import torch
from torch import Tensor, nn

from layersweep.model.cut_classifier import CutClassifier

INPUT_NAMES = ("input_ids", "attention_mask", "token_type_ids")


def export_onnx(model: CutClassifier, path: Path) -> None:
    """Write `path`: int64 inputs [batch, tokens] named as in INPUT_NAMES, output `logits` [batch, classes].

    The weights lie in the same file. ValueError where the packages it needs are not installed.
    """
    batch, tokens = torch.export.Dim("batch"), torch.export.Dim("tokens", max=_longest(model))
    # Three tensors: one given twice would become one input.
    example = tuple(torch.ones(2, 8, dtype=torch.long) for _ in INPUT_NAMES)
    try:
        program = torch.onnx.export(
            _LogitsOnly(model.cpu()).eval(),
            example,
            dynamo=True,
            dynamic_shapes=({0: batch, 1: tokens},) * len(INPUT_NAMES),
            input_names=list(INPUT_NAMES),
            output_names=["logits"],
            verbose=False,
        )
    except ImportError as error:
        raise ValueError(
            f"Export needs the packages onnx and onnxscript ({error}): pip install onnx onnxscript"
        ) from None
    assert program is not None
    program.save(path, external_data=False)


def _longest(model: CutClassifier) -> int:
    config = model.config
    return config.positions - (config.padding_id + 1 if config.model_type == "roberta" else 0)


class _LogitsOnly(nn.Module):
    def __init__(self, model: CutClassifier) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids_BT: Tensor, attention_mask_BT: Tensor, token_type_ids_BT: Tensor) -> Tensor:
        logits: Tensor = self.model(input_ids_BT, attention_mask_BT, token_type_ids_BT).logits_BC
        return logits
