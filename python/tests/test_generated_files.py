"""The emitted files themselves: clean, Python 3.8, complete alone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from emitted import emitted_folder

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
RULES = "E,F,W,I,UP,B,C4,SIM,RET,PTH,PIE,T20,RUF,PERF"


@pytest.mark.parametrize("command", ["format --check", f"check --target-version py38 --select {RULES}"])
def test_emitted_files_are_clean_under_ruff(command: str) -> None:
    settings = ["--isolated", "--no-cache", "--line-length", "120"]
    passes("ruff", *command.split(), *settings, str(emitted_folder()))


def test_emitted_files_are_clean_under_mypy() -> None:
    """A third of the combinations: every part of the specification is in it. As strict as the project is: torch's
    types are in its cache then."""
    files = sorted(emitted_folder().glob("*.py"))[::3]
    passes("mypy", f"--config-file={PROJECT}", *map(str, files))


def passes(tool: str, *arguments: str) -> None:
    run = subprocess.run([sys.executable, "-m", tool, *arguments], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def python38() -> str | None:
    candidates = [shutil.which("python3.8"), *Path.home().glob(".pyenv/versions/3.8.*/bin/python")]
    runs = (str(path) for path in candidates if path is not None)
    return next((path for path in runs if subprocess.run([path, "-V"], capture_output=True).returncode == 0), None)


@pytest.mark.skipif(python38() is None, reason="no Python 3.8 on this machine")
def test_emitted_files_compile_under_python_3_8() -> None:
    program = "import ast, pathlib, sys; [ast.parse(p.read_text()) for p in pathlib.Path(sys.argv[1]).glob('*.py')]"
    subprocess.run([str(python38()), "-c", program, str(emitted_folder())], check=True)


def test_a_module_works_alone(tmp_path: Path) -> None:
    shutil.copy(emitted_folder() / "v4.py", tmp_path / "alone.py")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    program = "import alone, sys; print([m for m in sys.modules if 'layersweep' in m], alone.NEEDS)"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[] ()"
