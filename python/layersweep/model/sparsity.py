"""The three sparsities that coexist, the surviving structure, and calibration of the gates to an asked sparsity."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch

from layersweep.model.gate_values import GateConfig, Gates
from layersweep.model.gates import HardConcreteGates
from layersweep.model.sizes import alive_size, expected_size, prunable_size

__all__ = [
    "Structure",
    "achieved_sparsity",
    "alive_size",
    "calibrate_",
    "expected_size",
    "prunable_size",
    "structure_of",
]

CALIBRATION_TOLERANCE = 0.001


@dataclass(frozen=True, kw_only=True, slots=True)
class Structure:
    """What is left of a model; sparsities are shares of 1."""

    sparsity: float
    """From the deterministic gates over the prunable size: what "achieved sparsity" means everywhere."""
    expected_sparsity: float | None
    """From the gates' keep probabilities; None for a model without gates."""
    parameter_sparsity: float
    """From the encoder layers' real parameters, LayerNorm included, as upstream's evaluation counts them."""
    parameters: int
    """Real parameters of the encoder layers: no embeddings, pooler or classifier."""
    hidden_size: int
    heads_per_layer: tuple[int, ...]
    intermediate_per_layer: tuple[int, ...]
    attention_layers: tuple[int, ...]
    feed_forward_layers: tuple[int, ...]

    def to_wire(self) -> dict[str, object]:
        """The `structure` object of a stage's result.json."""
        pairs = {_camel(name): value for name, value in asdict(self).items()}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in pairs.items()}


def achieved_sparsity(config: GateConfig, gates: Gates) -> float:
    """1 - alive size / prunable size of deterministic gates; 0.000976 for a dense BERT-base, as upstream counts."""
    return 1 - alive_size(config, gates) / prunable_size(config)


def structure_of(config: GateConfig, gates: Gates, expected_sparsity: float | None = None) -> Structure:
    """The structure that cutting along these deterministic gates leaves; without gates (`Gates()`) the dense one."""
    attention = _alive_layers(gates.attention_layer_L, config.layers)
    feed_forward = _alive_layers(gates.feed_forward_layer_L, config.layers)
    return structure_from_counts(
        config,
        hidden_size=config.hidden_size if gates.hidden_H is None else int((gates.hidden_H != 0).sum()),
        heads=_alive_units(gates.heads_LN, attention, config.heads),
        intermediate=_alive_units(gates.intermediate_LI, feed_forward, config.intermediate_size),
        attention=attention,
        feed_forward=feed_forward,
        expected_sparsity=expected_sparsity,
    )


def structure_from_counts(
    dense: GateConfig,
    *,
    hidden_size: int,
    heads: tuple[int, ...],
    intermediate: tuple[int, ...],
    attention: tuple[int, ...],
    feed_forward: tuple[int, ...],
    expected_sparsity: float | None,
) -> Structure:
    """The structure with these sizes per layer, held against the dense shape."""
    alive = hidden_size * (sum(heads) * dense.head_size * 4 + sum(intermediate) * 2)
    parameters = sum(
        attention[layer] * attention_parameters(hidden_size, heads[layer] * dense.head_size)
        + feed_forward[layer] * feed_forward_parameters(hidden_size, intermediate[layer])
        for layer in range(dense.layers)
    )
    norms = dense.layers * 4 * dense.hidden_size
    return Structure(
        sparsity=1 - alive / prunable_size(dense),
        expected_sparsity=expected_sparsity,
        parameter_sparsity=1 - parameters / (prunable_size(dense) + norms),
        parameters=parameters,
        hidden_size=hidden_size,
        heads_per_layer=heads,
        intermediate_per_layer=intermediate,
        attention_layers=attention,
        feed_forward_layers=feed_forward,
    )


def attention_parameters(hidden: int, width: int) -> int:
    """Parameters of an attention sublayer of `width` = heads * head size, LayerNorm included."""
    return 4 * hidden * width + 3 * width + hidden + 2 * hidden


def feed_forward_parameters(hidden: int, intermediate: int) -> int:
    """Parameters of a feed-forward sublayer, LayerNorm included."""
    return 2 * hidden * intermediate + intermediate + hidden + 2 * hidden


@torch.no_grad()
def calibrate_(gates: HardConcreteGates, target: float) -> tuple[float, float]:
    """Set the gates' calibration shift so that the deterministic sparsity is within 0.1 point of `target`.

    Where no shift gets there (whole sublayers leave at once), the nearest reachable structure is taken. Returns the
    sparsity before and the shift, 0 if nothing had to move.
    """

    def sparsity_at(shift: float) -> float:
        gates.calibration_shift = shift
        return achieved_sparsity(gates.config, gates.deterministic())

    before = sparsity_at(0.0)
    if abs(before - target) <= CALIBRATION_TOLERANCE:
        return before, 0.0
    shift = _bisect(sparsity_at, target, *_bounds(list(gates.logits.values())))
    sparsity_at(shift)
    return before, shift


def _bounds(logits: list[torch.Tensor]) -> tuple[float, float]:
    """Shifts at which every gate is surely off and surely on."""
    lowest = min(float(part.min()) for part in logits)
    highest = max(float(part.max()) for part in logits)
    return -highest - 40.0, 40.0 - lowest


def _bisect(sparsity_at: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Sparsity falls in steps as the shift grows: close in on the one that crosses the target, take its nearer side."""
    best = min((abs(sparsity_at(shift) - target), abs(shift), shift) for shift in (low, 0.0, high))
    while high - low > 1e-6 and best[0] > CALIBRATION_TOLERANCE:
        middle = (low + high) / 2
        sparsity = sparsity_at(middle)
        best = min(best, (abs(sparsity - target), abs(middle), middle))
        low, high = (middle, high) if sparsity > target else (low, middle)
    return best[2]


def _alive_layers(gate_L: torch.Tensor | None, layers: int) -> tuple[int, ...]:
    return (1,) * layers if gate_L is None else tuple(int(gate != 0) for gate in gate_L.tolist())


def _alive_units(gate_LU: torch.Tensor | None, alive: tuple[int, ...], units: int) -> tuple[int, ...]:
    counts = [units] * len(alive) if gate_LU is None else (gate_LU != 0).sum(1).tolist()
    return tuple(count * layer for count, layer in zip(counts, alive, strict=True))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
