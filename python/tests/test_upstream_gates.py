"""Reading upstream's zs.pt."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from layersweep.upstream.read_gates import read_gates


def test_units_left_are_counted_by_layer(tmp_path: Path) -> None:
    gates = {
        "head_layer_z": torch.tensor([1.0, 0.0]),
        "mlp_z": torch.tensor([0.4, 0.9]),
        "head_z": torch.tensor([1.0, 0.0, 0.0, 0.0, 0.5, 0.0]).view(2, 1, 3, 1, 1),
        "intermediate_z": torch.ones(2, 1, 1, 5),
        "hidden_z": torch.tensor([1.0, 0.0, 1.0, 1.0]),
    }
    torch.save(gates, tmp_path / "zs.pt")
    assert read_gates(tmp_path / "zs.pt") == {
        "head_layer_z": [1, 0],
        "mlp_z": [1, 1],
        "head_z": [1, 1],
        "intermediate_z": [5, 5],
        "hidden_z": [3],
    }


class _RunsCode:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (print, ("this must not run",))


def test_a_pickle_that_runs_code_is_refused(tmp_path: Path) -> None:
    torch.save({"head_layer_z": _RunsCode()}, tmp_path / "zs.pt")
    with pytest.raises(ValueError, match="cannot be read as saved gates"):
        read_gates(tmp_path / "zs.pt")


def test_another_file_is_one_line_and_exit_code_64(tmp_path: Path) -> None:
    (tmp_path / "zs.pt").write_text("no gates")
    command = [sys.executable, "-m", "layersweep.upstream.read_gates", str(tmp_path / "zs.pt")]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 64
    assert "cannot be read as saved gates" in done.stderr
    assert "Traceback" not in done.stderr
