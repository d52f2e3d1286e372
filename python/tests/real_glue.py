"""The GLUE download, where a test needs the real files."""

import os
from pathlib import Path

import pytest

from layersweep.generated import wire

GLUE = Path(os.environ.get("LAYERSWEEP_GLUE_DIR", Path(__file__).parents[2] / "../shared/glue"))
needs_glue = pytest.mark.skipif(not GLUE.is_dir(), reason="no GLUE directory: set LAYERSWEEP_GLUE_DIR")


def request(name: str, source: wire.Source, split: wire.Split = "dev", limit: int | None = None) -> wire.Task:
    """A task as a stage's request names it."""
    return wire.Task(
        name=name, source=source, fingerprint="", split=split, max_train_examples=limit, max_eval_examples=limit
    )


def directory(name: str, root: Path = GLUE, split: wire.Split = "dev", limit: int | None = None) -> wire.Task:
    """A task of a GLUE directory."""
    return request(name, wire.SourceDirectory(path=str(root)), split, limit)
