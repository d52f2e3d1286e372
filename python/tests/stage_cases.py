"""Requests for stages on a tiny random model and a made-up embedded set, and running them in this process."""

import hashlib
import json
from pathlib import Path
from typing import Any

from layersweep.generated.wire import ExitCode
from layersweep.runtime.process import run_stage
from layersweep.stages import evaluate, finetune, importance, prune, teacher

STAGES = {"teacher": teacher, "importance": importance, "prune": prune, "finetune": finetune, "evaluate": evaluate}
GENERATED = Path(__file__).parents[1] / "layersweep" / "generated"
TINY_MODEL = {"source": "random", "layers": 6, "hiddenSize": 24, "heads": 4, "intermediateSize": 32, "seed": 1}
GATES = ["heads", "intermediate", "hidden", "attention-layer", "feed-forward-layer"]
POSITIVE, NEGATIVE = ("great", "lovely", "superb"), ("awful", "dull", "poor")


def write_embedded_data(directory: Path, rows: int = 200) -> Path:
    """Sentences whose one telling word gives the label."""
    lines = []
    for number in range(rows):
        word = (POSITIVE if number % 2 else NEGATIVE)[number // 2 % 3]
        filler = " ".join(f"word{(number * step) % 17}" for step in range(1, 2 + number % 6))
        lines.append(f"{number}\t{2 if number % 2 else -2}\ta {word} film {filler} {number}")
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "movieReviewSnippets_GroundTruth.txt").write_text("\r\n".join(lines) + "\r\n")
    return directory


def task(**changes: Any) -> dict[str, Any]:
    return {
        "name": "movies",
        "source": {"kind": "embedded"},
        "fingerprint": "made up",
        "split": "heldout-train",
        "maxTrainExamples": None,
        "maxEvalExamples": None,
        **changes,
    }


def training(steps: int, **changes: Any) -> dict[str, Any]:
    return {
        "duration": {"unit": "steps", "count": steps},
        "batchSize": 8,
        "accumulationSteps": 1,
        "learningRate": 1e-3,
        "learningRateSchedule": "linear",
        "warmupFraction": 0,
        "weightDecay": 0,
        "gradientClip": 1,
        "maxLength": 16,
        "batching": "shuffled",
        "evalEverySteps": None,
        "compile": False,
        **changes,
    }


def strategy(name: str) -> dict[str, Any]:
    """`none`, `none-rescaled`, or the request's entry for a committed module."""
    if name.startswith("none"):
        return {"kind": "none", "rescalePrediction": name == "none-rescaled"}
    file = GENERATED / f"{name.replace('/', '_').replace('-', '_')}.py"
    return {
        "kind": "module",
        "name": name,
        "file": str(file),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }


def teacher_config(steps: int = 6, **changes: Any) -> dict[str, Any]:
    seeds = {"initialisation": 1, "dataOrder": 1}
    return {"task": task(), "model": TINY_MODEL, "training": training(steps), "seeds": seeds, **changes}


def importance_config(measure: str, **changes: Any) -> dict[str, Any]:
    return {"task": task(), "measure": measure, "maxLength": 16, **changes}


def sparsity(target: float = 0.5, **changes: Any) -> dict[str, Any]:
    return {
        "target": target,
        "epsilon": 0,
        "warmup": {"unit": "steps", "count": 6},
        "calibrate": True,
        "gates": GATES,
        "gateLearningRate": 0.5,
        "multiplierLearningRate": 0.5,
        "temperature": 2 / 3,
        "initialLogit": 10,
        "initialIntermediateLogit": 0,
        "latchTarget": False,
        **changes,
    }


def prune_config(name: str = "v4", steps: int = 12, **changes: Any) -> dict[str, Any]:
    return {
        "task": task(),
        "model": TINY_MODEL,
        "studentStart": "teacher",
        "studentDropout": None,
        "strategy": strategy(name),
        "distillation": {"predictionWeight": 0.1, "layerWeight": 0.9, "temperature": 2},
        "training": training(steps),
        "prefinetune": {"unit": "steps", "count": 0},
        "sparsity": sparsity(),
        "defects": [],
        "probeEverySteps": 5,
        "seeds": {"initialisation": 1, "dataOrder": 1, "gateNoise": 1, "layerDraws": 1},
        **changes,
    }


def finetune_config(name: str = "v4", steps: int = 4, **changes: Any) -> dict[str, Any]:
    return {
        "task": task(),
        "distillation": {"predictionWeight": 0.1, "layerWeight": 0.9, "temperature": 2},
        "strategy": strategy(name),
        "training": training(steps),
        "defects": [],
        "seeds": {"initialisation": 1, "dataOrder": 1, "layerDraws": 1},
        **changes,
    }


def evaluate_config(**changes: Any) -> dict[str, Any]:
    speed = {"batchSize": 4, "sequenceLength": 16, "rounds": 2}
    return {"task": task(), "maxLength": 16, "speed": speed, **changes}


class Workplace:
    """A folder of stages, each attempt in its own subfolder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = write_embedded_data(root / "data")

    def request(
        self, stage: str, folder: str, config: dict[str, Any], inputs: dict[str, str] | None = None, **changes: Any
    ) -> Path:
        """Write request.json of the stage's next attempt; inputs are folders of other stages by role."""
        stage_dir = self.root / folder
        attempt = len(list(stage_dir.glob("attempts/*"))) + 1
        attempt_dir = stage_dir / "attempts" / str(attempt)
        attempt_dir.mkdir(parents=True)
        document = {
            "schemaVersion": 1,
            "key": f"{stage}-{folder}",
            "attempt": attempt,
            "numerics": {"device": "cpu", "threads": 1, "precision": "float32"},
            "stageDir": str(stage_dir),
            "attemptDir": str(attempt_dir),
            "inputs": {role: str(self.root / name) for role, name in (inputs or {}).items()},
            "embeddedDataDir": str(self.data),
            "heartbeatSeconds": 60,
            "checkpointEverySteps": 1000,
            "stage": stage,
            "config": config,
            **changes,
        }
        path = attempt_dir / "request.json"
        path.write_text(json.dumps(document))
        return path

    def run(
        self, stage: str, folder: str, config: dict[str, Any], inputs: dict[str, str] | None = None, **changes: Any
    ) -> int:
        """Run a stage in this process; its exit code."""
        path = self.request(stage, folder, config, inputs, **changes)
        return run_stage(stage, STAGES[stage].execute, ["--request", str(path)])

    def result(self, folder: str) -> Any:
        return json.loads((self.root / folder / "result.json").read_text())

    def events(self, folder: str, attempt: int = 1) -> list[Any]:
        text = (self.root / folder / "attempts" / str(attempt) / "events.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines()]

    def losses(self, folder: str, name: str) -> list[float]:
        """A loss by name as the learning curve has it."""
        metrics = [event["values"] for event in self.events(folder) if event["event"] == "metrics"]
        return [values[name] for values in metrics if name in values]

    def hashes(self, folder: str) -> dict[str, str]:
        """Of everything that a stage made, but for what tells the time; choices without their division into lines."""
        parts = ("model", "masked", "probes", "distances.jsonl")
        paths = [path for part in parts for path in (self.root / folder).glob(f"{part}*")]
        files = [file for path in paths for file in ([path] if path.is_file() else sorted(path.rglob("*")))]
        found = {
            str(file.relative_to(self.root / folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files
        }
        return {**found, "choices": str(self.choices(folder))}

    def choices(self, folder: str) -> dict[str, list[Any]]:
        """The columns of choices.jsonl, lines joined; empty where there is none."""
        columns: dict[str, list[Any]] = {}
        path = self.root / folder / "choices.jsonl"
        for line in path.read_text().splitlines() if path.exists() else []:
            for name, values in json.loads(line).items():
                columns.setdefault(name, []).extend(values)
        return columns


WITH_TEACHER = {"teacher": "teacher"}


def pruned(place: Workplace, folder: str, config: dict[str, Any]) -> Any:
    """The result of a prune stage beside `teacher`, run once for all tests of a workplace."""
    if not (place.root / folder / "result.json").exists():
        assert place.run("prune", folder, config, WITH_TEACHER) == ExitCode.DONE
    return place.result(folder)
