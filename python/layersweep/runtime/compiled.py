"""`torch.compile` of what a stage trains with, where this machine can compile."""

import importlib.util
import os
import shutil
import sys

import torch

from layersweep.model.cut_classifier import CutClassifier
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.runtime.failures import bad_request


def check_compiler(device: torch.device) -> None:
    """StageError where torch.compile lacks what it compiles with."""
    if device.type == "cuda":
        names = [os.environ.get("CC", "gcc"), "clang"]
        lacking = None if importlib.util.find_spec("triton") else "triton"
        tool = "a C compiler (gcc, clang or what CC names)"
    else:
        names = [os.environ.get("CXX", "clang++" if sys.platform == "darwin" else "g++")]
        lacking = None
        tool = f"the C++ compiler {names[0]}"
    if lacking is None and not any(shutil.which(name) for name in names):
        lacking = tool
    if lacking is not None:
        raise bad_request(
            f"compile: true needs {lacking}, which is not here: torch.compile makes its code with it on {device.type}. "
            "Install it, or leave compile out"
        )


def compile_(model: MaskedClassifier | CutClassifier) -> None:
    """Compile calls of the model in place: its parameters keep their names, and `model.forward` stays as it was.

    Lengths of batches differ, so sizes are dynamic. Dropout draws from torch's own generator, which checkpoints hold,
    but other masks than uncompiled.
    """
    if isinstance(model, MaskedClassifier):
        model.skip_dead = False
    model.compile(dynamic=True, options={"fallback_random": True})
