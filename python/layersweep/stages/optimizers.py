"""AdamW as CoFi sets it up, and a learning rate that is a function of the step alone."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import torch
from torch import nn
from torch.optim import AdamW

from layersweep.generated import wire

_NO_DECAY = ("bias", "LayerNorm.weight")


def model_optimizer(modules: Sequence[nn.Module], training: wire.Training) -> AdamW:
    """Over all parameters but the embeddings', which are frozen here; biases and LayerNorm weights without decay."""
    named = [(name, parameter) for module in modules for name, parameter in module.named_parameters()]
    for name, parameter in named:
        parameter.requires_grad_("embeddings" not in name)
    named = [(name, parameter) for name, parameter in named if parameter.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [p for name, p in named if not name.endswith(_NO_DECAY)], "weight_decay": training.weight_decay},
        {"params": [p for name, p in named if name.endswith(_NO_DECAY)], "weight_decay": 0.0},
    ]
    return AdamW([group for group in groups if group["params"]], lr=training.learning_rate, fused=True)


def plain_optimizer(parameters: Iterable[nn.Parameter], learning_rate: float, *, maximize: bool = False) -> AdamW:
    """Constant learning rate, no decay: gates' logits (minimised) and multipliers (maximised)."""
    return AdamW(parameters, lr=learning_rate, weight_decay=0.0, maximize=maximize)


def set_learning_rate(optimizer: AdamW, training: wire.Training, step: int, total_steps: int) -> float:
    """The rate of this 0-based step: linear warm-up, then linear decay to 0 or constant."""
    rate = training.learning_rate * _factor(
        training.learning_rate_schedule, step, total_steps, round(training.warmup_fraction * total_steps)
    )
    for group in optimizer.param_groups:
        group["lr"] = rate
    return rate


def clip_gradients(optimizer: AdamW, limit: float) -> torch.Tensor:
    """Clip the norm over all of the optimizer's parameters; the norm before, [] on the device."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    return nn.utils.clip_grad_norm_(parameters, limit)


def _factor(schedule: Literal["linear", "constant"], step: int, total_steps: int, warmup_steps: int) -> float:
    if step < warmup_steps:
        return step / warmup_steps
    if schedule == "constant":
        return 1.0
    return max(0.0, (total_steps - step) / max(1, total_steps - warmup_steps))
