"""`python -m layersweep.upstream.read_gates zs.pt`: the structure that upstream's saved gates describe, as JSON."""

import argparse
import json
import pickle
import sys
from pathlib import Path

import torch
from torch import Tensor

GATES = ("head_layer_z", "mlp_z", "head_z", "intermediate_z", "hidden_z")


def read_gates(file: Path) -> dict[str, list[int]]:
    """Units left per layer of each gate in `zs.pt`: sublayers (0 or 1), heads, intermediate dimensions, hidden ones.

    The file is opened with `weights_only=True`, which runs no code. ValueError where it is no dict of such gates.
    """
    try:
        gates = torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise ValueError(f"{file} cannot be read as saved gates: {str(error).splitlines()[0]}") from None
    if not isinstance(gates, dict) or not any(name in gates for name in GATES):
        raise ValueError(f"{file} holds none of the gates {', '.join(GATES)}")
    return {name: _left(name, gates[name]) for name in GATES if isinstance(gates.get(name), Tensor)}


def _left(name: str, gate: Tensor) -> list[int]:
    alive = gate.detach() != 0
    if name in ("head_layer_z", "mlp_z"):
        return [int(value) for value in alive.flatten().tolist()]
    if name == "hidden_z":
        return [int(alive.sum())]
    return [int(row.sum()) for row in alive.reshape(alive.shape[0], -1)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    try:
        sys.stdout.write(json.dumps(read_gates(parser.parse_args().file)) + "\n")
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 64
    return 0


if __name__ == "__main__":
    sys.exit(main())
