"""Hard-concrete gates (Louizos et al. 2018) over the units that CoFi prunes (Xia et al. 2022)."""

import math

import torch
from torch import Tensor, nn

from layersweep.model.gate_values import FIELDS, GATE_NAMES, GateConfig, GateName, Gates
from layersweep.model.sizes import expected_size, prunable_size

__all__ = ["GATE_NAMES", "GateConfig", "GateName", "Gates", "HardConcreteGates"]

STRETCH_LOW = -0.1
STRETCH_HIGH = 1.1
EPSILON = 1e-6
SOFT_MASK_SCALE = 0.8
INITIAL_LOGIT_STD = 0.01
LOGIT_BOUND = math.log(100)
_SCALAR_FIELDS = ("attention_layer_L", "feed_forward_layer_L")


class HardConcreteGates(nn.Module):
    """Trainable gate logits; sampled while training, deterministic for evaluation and cutting.

    Initial logits are Normal(mean, 0.01) from `generator` (CPU). They are not clamped at first: upstream clamps after
    each optimizer step, which is `clamp_logits_`.

    `calibration_shift` is added to every logit where it is decided how likely, or whether, a gate is on; the value of a
    gate that is on stays that of its own logit, which is the one that the model was trained with.
    """

    def __init__(self, config: GateConfig, generator: torch.Generator, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.config = config
        self.calibration_shift = 0.0
        self.gate_names = tuple(name for name in GATE_NAMES if name in config.gates)
        self.logits = nn.ParameterDict()
        for name in self.gate_names:
            mean = config.initial_intermediate_logit if name == "intermediate" else config.initial_logit
            noise = torch.randn(config.shape(name), generator=generator)
            self.logits[FIELDS[name]] = nn.Parameter((mean + INITIAL_LOGIT_STD * noise).to(dtype))

    def sample(self, generator: torch.Generator) -> Gates:
        """One hard-concrete sample of every gate, differentiable in the logits.

        z = clip(y (b - a) + a, 0, 1), y = sigmoid((ln u - ln(1 - u) + logit) / temperature), u ~ U(eps, 1 - eps).
        The noise is drawn on the CPU from `generator`, so it is the same on every device.
        """
        counts = [logits.numel() for logits in self.logits.values()]
        uniform = torch.empty(sum(counts)).uniform_(EPSILON, 1 - EPSILON, generator=generator)
        noise = uniform.log() - torch.log1p(-uniform)
        if self.device.type == "cuda":
            noise = noise.pin_memory().to(self.device, non_blocking=True)
        values = {}
        for (name, logits), part in zip(self.logits.items(), torch.split(noise, counts), strict=True):
            y = torch.sigmoid((part.view_as(logits) + logits) / self.config.temperature)
            values[name] = (y * (STRETCH_HIGH - STRETCH_LOW) + STRETCH_LOW).clamp(0, 1)
        return Gates(**values)

    @torch.no_grad()
    def deterministic(self) -> Gates:
        """The gates of evaluation and cutting, by upstream's rule.

        Of each layer's units (of all hidden dimensions) the round(size - sum of keep probabilities) with the lowest
        logits are 0, rounded half to even as Python does; the others stay soft, sigmoid(logit / temperature * 0.8).
        A sublayer's own gate is a group of one, so it is 0 exactly if its keep probability is below 1/2.
        """
        values = {}
        for name, logits in self.logits.items():
            groups = logits.unsqueeze(-1) if name in _SCALAR_FIELDS else logits
            rows = [self._deterministic_group(group) for group in groups.reshape(-1, groups.shape[-1])]
            values[name] = torch.stack(rows).view_as(logits)
        return Gates(**values)

    def keep_probabilities(self) -> Gates:
        """P(gate != 0) of each gate, differentiable: 1 - sigmoid(temperature ln(-a / b) - logit), in [eps, 1 - eps].

        The logit is the shifted one.
        """
        return Gates(**{name: self._keep_probability(logits) for name, logits in self.logits.items()})

    def expected_size(self) -> Tensor:
        """Expected number of prunable parameters left, differentiable, a function of the logits only. []"""
        return expected_size(self.config, self.keep_probabilities())

    def expected_sparsity(self) -> Tensor:
        """1 - expected size / prunable size, differentiable. []"""
        return 1 - self.expected_size() / prunable_size(self.config)

    def expected_layers(self) -> Tensor:
        """Expected number of layers whose attention or feed-forward gate is on. []"""
        keep = self.keep_probabilities()
        one = torch.ones(self.config.layers, device=self.device)
        attention_L = one if keep.attention_layer_L is None else keep.attention_layer_L
        feed_forward_L = one if keep.feed_forward_layer_L is None else keep.feed_forward_layer_L
        return (1 - (1 - attention_L) * (1 - feed_forward_L)).sum()

    def expected_sparsity_range(self) -> tuple[float, float]:
        """Expected sparsities that clamped logits can reach, all gates fully on and fully off."""
        reached = []
        for bound in (LOGIT_BOUND, -LOGIT_BOUND):
            logits = {name: torch.full_like(value, bound) for name, value in self.logits.items()}
            keep = Gates(**{name: self._keep_probability(value) for name, value in logits.items()})
            reached.append(1 - expected_size(self.config, keep).item() / prunable_size(self.config))
        return reached[0], reached[1]

    @torch.no_grad()
    def clamp_logits_(self) -> None:
        """Clamp all logits to [ln 0.01, ln 100], as upstream does after every optimizer step."""
        for logits in self.logits.values():
            logits.clamp_(-LOGIT_BOUND, LOGIT_BOUND)

    @torch.no_grad()
    def shift_logits_(self, delta: float) -> None:
        """Add `delta` to every logit."""
        for logits in self.logits.values():
            logits.add_(delta)

    @property
    def device(self) -> torch.device:
        """Where the logits are."""
        first: Tensor = next(iter(self.logits.values()))
        return first.device

    def _keep_probability(self, logits: Tensor) -> Tensor:
        threshold = self.config.temperature * math.log(-STRETCH_LOW / STRETCH_HIGH)
        return (1 - torch.sigmoid(threshold - (logits + self.calibration_shift))).clamp(EPSILON, 1 - EPSILON)

    def _deterministic_group(self, logits: Tensor) -> Tensor:
        zeros = round(logits.numel() - self._keep_probability(logits).sum().item())
        soft = torch.sigmoid(logits / self.config.temperature * SOFT_MASK_SCALE)
        soft[torch.sort(logits, stable=True).indices[:zeros]] = 0
        return soft
