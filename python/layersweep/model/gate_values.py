"""What gates there are, their shapes, and their values."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal

import torch
from torch import Tensor

GateName = Literal["heads", "intermediate", "hidden", "attention-layer", "feed-forward-layer"]
GATE_NAMES: tuple[GateName, ...] = ("heads", "intermediate", "hidden", "attention-layer", "feed-forward-layer")

FIELDS: dict[GateName, str] = {
    "heads": "heads_LN",
    "intermediate": "intermediate_LI",
    "hidden": "hidden_H",
    "attention-layer": "attention_layer_L",
    "feed-forward-layer": "feed_forward_layer_L",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class GateConfig:
    """Shape of the gated encoder and constants of the gates; the defaults are upstream's."""

    layers: int
    heads: int
    head_size: int
    hidden_size: int
    intermediate_size: int
    gates: tuple[GateName, ...] = GATE_NAMES
    temperature: float = 2 / 3
    initial_logit: float = 10.0
    initial_intermediate_logit: float = 0.0

    def __post_init__(self) -> None:
        unknown = sorted(set(self.gates) - set(GATE_NAMES))
        if unknown or not self.gates:
            raise ValueError(f"Expected gates among {', '.join(GATE_NAMES)}, got {', '.join(unknown) or 'none'}")
        if self.temperature <= 0:
            raise ValueError(f"Expected a positive gate temperature, got {self.temperature}")

    def shape(self, gate: GateName) -> tuple[int, ...]:
        """Shape of one gate's tensor."""
        shapes: dict[GateName, tuple[int, ...]] = {
            "heads": (self.layers, self.heads),
            "intermediate": (self.layers, self.intermediate_size),
            "hidden": (self.hidden_size,),
            "attention-layer": (self.layers,),
            "feed-forward-layer": (self.layers,),
        }
        return shapes[gate]


@dataclass(frozen=True, kw_only=True, slots=True)
class Gates:
    """Values in [0, 1] of each kind of gate; None: no such gates, which counts as 1 everywhere.

    L layers, N heads, I intermediate dimensions, H hidden dimensions.
    """

    heads_LN: Tensor | None = None
    intermediate_LI: Tensor | None = None
    hidden_H: Tensor | None = None
    attention_layer_L: Tensor | None = None
    feed_forward_layer_L: Tensor | None = None

    def named(self) -> Iterator[tuple[str, Tensor]]:
        """The gates that are there, by field name."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                yield field.name, value

    def detach(self) -> "Gates":
        """The same values without gradient."""
        return Gates(**{name: value.detach() for name, value in self.named()})

    def to(self, target: torch.device | torch.dtype) -> "Gates":
        """The same values on another device or in another type."""
        return Gates(**{name: value.to(target) for name, value in self.named()})
