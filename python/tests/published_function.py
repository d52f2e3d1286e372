"""The published function, read at run time from the text it was published in (which lost its indentation)."""

import logging
import os
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("LAYERSWEEP_SHARED_DIR", ROOT / "../shared"))
SOURCE = SHARED / "reference/seed-issue-34.txt"

# Depth of each line's block, from the line after the function's head to its last return.
DEPTHS = [int(depth) for depth in "1122232322223444522334454555654343343433453433443334334445567565656554434543334212"]

logger = logging.getLogger("published")


def published_function() -> Callable[..., Any]:
    """The function itself; its module has `random` imported, which the released one lacks."""
    names: dict[str, Any] = {"torch": torch, "random": random, "sys": sys, "logger": logger}
    exec(compile(source(), str(SOURCE), "exec"), names)
    function: Callable[..., Any] = names["calculate_layer_distillation_loss"]
    return function


def source() -> str:
    text = SOURCE.read_text()
    start, end = text.index("`def calculate_layer_distillation_loss"), text.index("return None`")
    head, *lines = f"{text[start + 1 : end]}return None".splitlines()
    # The first line holds five: the head, one statement, an if and two statements in it, after a comment.
    statements = re.split(r" (?=mse_loss = |if self\.|#!|mlp_z = |head_layer_z = )", head)
    lines = [*(line for line in statements[1:] if not line.startswith("#!")), *lines]
    assert len(lines) == len(DEPTHS), f"{len(lines)} lines, {len(DEPTHS)} depths"
    return "\n".join([statements[0], *("    " * d + line for d, line in zip(DEPTHS, lines, strict=True))])
