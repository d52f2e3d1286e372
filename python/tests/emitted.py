"""Emits modules for the tests with the project's own emitter, and loads them by file."""

import atexit
import functools
import importlib.util
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

# Tiny tensors: threads would only wait for each other.
torch.set_num_threads(1)

Spec = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]

ALIGNMENTS: list[Spec] = [
    {"kind": "identity"},
    {"kind": "nearest"},
    *({"kind": "ordered-greedy", "from": f, "fallback": b} for f in ("top", "bottom") for b in ("drop", "repeat")),
    {"kind": "monotone", "repeats": False},
    {"kind": "monotone", "repeats": True},
    {"kind": "one-to-one"},
    {"kind": "attention", "temperature": 0.7, "gradientThroughWeights": True},
    {"kind": "attention", "temperature": 2, "gradientThroughWeights": False},
    {"kind": "student-to-teacher"},
    {"kind": "nearest-surviving"},
    {"kind": "reverse"},
    {"kind": "all-to-one"},
    {"kind": "sinkhorn", "regularisation": 0.1, "iterations": 7, "gradientThroughWeights": True},
    {"kind": "sinkhorn", "regularisation": 0.05, "iterations": 20, "gradientThroughWeights": False},
]
SELECTIONS: list[Spec] = [
    {"kind": "fixed", "layers": [2, 1, 4]},
    {"kind": "uniform", "k": 4},
    {"kind": "all"},
    {"kind": "last", "k": 2},
    {"kind": "first", "k": 3},
    {"kind": "random", "k": 4, "firstLayerFloor": 2},
    {"kind": "random", "k": 3, "firstLayerFloor": "none"},
    {"kind": "window", "k": 3, "firstLayerFloor": 2},
    {"kind": "window", "k": 4, "firstLayerFloor": "none"},
    {"kind": "random-plus-last", "k": 3},
    {"kind": "cyclic-windows", "k": 4},
    {"kind": "expected-sparsity", "minLayers": 2},
    {"kind": "by-task", "k": 3, "importance": "cka-drop"},
]
REDUCTIONS: list[Spec] = [{"kind": "sum"}, {"kind": "mean"}, {"kind": "fixed-total", "weight": 4}]
REDRAWS: list[Spec] = [
    {"kind": "steps", "every": 1},
    {"kind": "steps", "every": 6},
    {"kind": "epoch"},
    {"kind": "once"},
]


def combinations() -> dict[str, Spec]:
    """Every alignment with every distance and padding, every other part taking turns."""
    rng = random.Random(0)
    specs = {}
    kinds = itertools.product(ALIGNMENTS, ("mse", "cosine", "l2-normalised"), ("counted", "masked"), (1, 5))
    for number, (alignment, distance, padding, realign) in enumerate(kinds):
        if realign > 1 and alignment.get("gradientThroughWeights"):
            continue
        redraws = [redraw for redraw in REDRAWS if redraw.get("every", realign) >= realign]
        specs[f"combination-{number}"] = {
            "kind": "composed",
            "selection": SELECTIONS[number % len(SELECTIONS)],
            "alignment": alignment,
            "survivors": rng.choice(["all", "head", "mlp", "head-or-mlp"]),
            "normalisation": {"reduction": rng.choice(REDUCTIONS), "distance": distance, "padding": padding},
            "schedule": {"redraw": rng.choice(redraws), "realignEverySteps": realign},
        }
    return specs


@functools.cache
def emitted_folder() -> Path:
    """Holds the catalogue's modules and the combinations', emitted now."""
    folder = Path(tempfile.mkdtemp(prefix="layersweep-emitted-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    binaries = f"{ROOT / 'node_modules/.bin'}{os.pathsep}{os.environ['PATH']}"
    node = shutil.which("node", path=binaries)
    assert node is not None, "node is missing: npm ci"
    command = [node, str(ROOT / "tests/strategy-torch/emit-modules.ts"), str(folder)]
    subprocess.run(command, input=json.dumps(combinations()), text=True, check=True)
    return folder


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@functools.cache
def emitted(name: str) -> ModuleType:
    """The module of a strategy: published/v3 lies in published_v3.py."""
    return load(emitted_folder() / f"{name.replace('-', '_').replace('/', '_')}.py")
