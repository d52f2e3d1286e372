"""Gates at known logits for the tests of `layersweep.model`."""

import torch

from layersweep.model.gates import GateConfig, HardConcreteGates

BERT_BASE = GateConfig(layers=12, heads=12, head_size=64, hidden_size=768, intermediate_size=3072)
SMALL = GateConfig(layers=2, heads=2, head_size=3, hidden_size=6, intermediate_size=5)


def new_gates(config: GateConfig, seed: int = 0, spread: float = 0.0) -> HardConcreteGates:
    generator = torch.Generator().manual_seed(seed)
    gates = HardConcreteGates(config, generator, torch.float64)
    with torch.no_grad():
        for logits in gates.logits.values():
            logits.add_(spread * torch.randn(logits.shape, generator=generator))
    return gates


def at_means(config: GateConfig) -> HardConcreteGates:
    gates = new_gates(config)
    with torch.no_grad():
        for name, logits in gates.logits.items():
            logits.fill_(config.initial_intermediate_logit if name == "intermediate_LI" else config.initial_logit)
    return gates
