"""A model directory's safetensors files, by the parameter names of today's transformers."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

INITIAL_STD = 0.02
_LAYER = re.compile(r"^(.*encoder\.layer\.)(\d+)(\..*)$")


def read_weights(directory: Path) -> dict[str, Tensor]:
    """All tensors of `model.safetensors` or of the shards that its index names. ValueError where there are none."""
    index = directory / "model.safetensors.index.json"
    if index.is_file():
        names = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    else:
        names = ["model.safetensors"]
    weights: dict[str, Tensor] = {}
    for name in names:
        weights.update(_read_file(directory, name))
    return weights


def fitting_weights(
    weights: dict[str, Tensor], expected: dict[str, Tensor], model_type: str, directory: Path
) -> dict[str, Tensor]:
    """The weights that `expected` names, with the encoder's prefix added where they lack it.

    Other weights (language-model heads, position buffers) and a classifier of another size are left out. ValueError for
    an encoder weight of another shape.
    """
    fitting = {}
    for name, tensor in weights.items():
        current = name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")
        target = current if current in expected else f"{model_type}.{current}"
        if target not in expected:
            continue
        if tensor.shape == expected[target].shape:
            fitting[target] = tensor
        elif not target.startswith("classifier."):
            raise ValueError(
                f"{directory}: {name} has shape {list(tensor.shape)}, config.json asks for "
                f"{list(expected[target].shape)}"
            )
    return fitting


def stack_layers(weights: dict[str, Tensor], depth: int, layers: int) -> dict[str, Tensor]:
    """Weights of `layers` layers of which layer i is the source's layer i mod `depth`."""
    stacked = {}
    for name, tensor in weights.items():
        match = _LAYER.match(name)
        if match is None:
            stacked[name] = tensor
            continue
        prefix, number, suffix = match.groups()
        for index in range(int(number), layers, depth):
            stacked[f"{prefix}{index}{suffix}"] = tensor
    return stacked


@torch.no_grad()
def draw_weights(model: nn.Module, seed: int, only: tuple[str, ...] = ("",), skip: tuple[str, ...] = ()) -> None:
    """Draw the parameters whose name begins as in `only` and not as in `skip`, as transformers does, from `seed` alone.

    Normal(0, 0.02) for weights, 1 for normalisations' weights, 0 for biases.
    """
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        if not name.startswith(only) or name.startswith(skip or "\0"):
            continue
        if name.endswith("LayerNorm.weight"):
            parameter.fill_(1)
        elif name.endswith("bias"):
            parameter.zero_()
        else:
            parameter.normal_(0, INITIAL_STD, generator=generator)


def write_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Write a safetensors file beside itself first, so that a full disk or a kill leaves no half-written one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        save_file(
            {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, temporary, {"format": "pt"}
        )
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _read_file(directory: Path, name: str) -> dict[str, Tensor]:
    path = directory / name
    if not path.is_file():
        if (directory / "pytorch_model.bin").is_file():
            raise ValueError(
                f"{directory} holds pytorch_model.bin, a pickle that can run code when opened, and no {name}. Convert "
                "it where you trust it: AutoModel.from_pretrained(DIR).save_pretrained(DIR)"
            )
        raise ValueError(f"No weights in {directory}: {name} is missing")
    try:
        return dict(load_file(path))
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged or half-written: {error}") from None
