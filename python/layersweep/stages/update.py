"""One optimizer step over several optimizers, with loss scaling where the precision needs it."""

from typing import Any

import torch
from torch import Tensor
from torch.optim import AdamW

from layersweep.runtime.numerics import Numerics
from layersweep.stages.optimizers import clip_gradients


class Update:
    """Optimizers by name that step together; the gradients of `model`'s parameters are clipped."""

    def __init__(self, optimizers: dict[str, AdamW], gradient_clip: float, numerics: Numerics) -> None:
        self.optimizers = optimizers
        self.gradient_clip = gradient_clip
        scales = numerics.autocast_dtype is torch.float16
        self.scaler = torch.amp.GradScaler(numerics.device.type, enabled=scales)

    def backward(self, loss: Tensor) -> None:
        """Add the gradients of a part of the step's loss."""
        scaled: Any = self.scaler.scale(loss)
        scaled.backward()

    def step(self) -> None:
        """Clip, step every optimizer, forget the gradients."""
        self.scaler.unscale_(self.optimizers["model"])
        clip_gradients(self.optimizers["model"], self.gradient_clip)
        for optimizer in self.optimizers.values():
            self.scaler.step(optimizer)
        self.scaler.update()
        for optimizer in self.optimizers.values():
            optimizer.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Any]:
        """Moments of all optimizers and the loss scale."""
        states = {name: optimizer.state_dict() for name, optimizer in self.optimizers.items()}
        return {"optimizers": states, "scaler": self.scaler.state_dict()}

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        self.scaler.load_state_dict(state["scaler"])
