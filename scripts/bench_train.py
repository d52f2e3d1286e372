"""Cost of a pruning step, and of float32 against bfloat16; first half of `npm run bench:train`.

Every figure is a ratio of times taken in one process, in turn, round after round: the median, and the rounds' spread.
Only what a ratio compares is in memory meanwhile, as in a stage: models beside it would slow it. Peak memory is that of
a process which does nothing else. Absolute times are this machine's.
"""

import argparse
import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "python"))

from layersweep.data.order import BatchOrder
from layersweep.data.rows import Row
from layersweep.data.tokens import TokenisedRows
from layersweep.generated import wire
from layersweep.generated.tasks import TASKS
from layersweep.model.gates import GATE_NAMES, HardConcreteGates
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.model.pretrained import load_pretrained
from layersweep.model.sparsity import calibrate_
from layersweep.model.transformation import LayerTransformation
from layersweep.runtime.numerics import Numerics, set_up_numerics
from layersweep.runtime.strategy_module import load_strategy_module
from layersweep.stages.distillation import Distillation
from layersweep.stages.inputs import Rows
from layersweep.stages.layer_distillation import LayerDistillation
from layersweep.stages.prune_learner import PruneLearner, Schedule
from layersweep.stages.teacher import TeacherLearner

PARTS = ("dense step", "teacher forward", "pruning step")
WARMUP_ROUNDS = 2
BERT_BASE = {"source": "random", "layers": 12, "hiddenSize": 768, "heads": 12, "intermediateSize": 3072, "seed": 0}


def main() -> None:
    options = _options()
    if options.memory_of is not None:
        _say(str(_peak_memory(options)))
        return
    place = f"{options.device}, {options.threads} threads"
    _say(f"{options.model}, batch {options.batch}, {options.length} tokens, {options.strategy}, {place}")
    for precision in options.precisions:
        seconds = _interleaved({part: _step(options, precision, part) for part in PARTS}, options)
        for part in PARTS:
            memory = _memory_of(options, precision, part)
            _say(f"  {precision:9} {part:16} {median(seconds[part]):7.3f} s, peak memory {memory:6.0f} MB")
        dense, teacher, pruning = (seconds[part] for part in PARTS)
        ratios = [p / (d + t) for d, t, p in zip(dense, teacher, pruning, strict=True)]
        _say(f"  {precision:9} pruning step / (dense step + teacher forward): {_ratio(ratios)}")
    if {"float32", "bfloat16"} <= set(options.precisions):
        for part in (PARTS[0], PARTS[2]):
            work = {precision: _step(options, precision, part) for precision in ("float32", "bfloat16")}
            pairs = zip(*_interleaved(work, options).values(), strict=True)
            _say(f"  float32 / bfloat16, {part}: {_ratio([full / half for full, half in pairs])}")


def _step(options: argparse.Namespace, precision: str, part: str) -> Callable[[], object]:
    """One part as a closure over the stages' own code; called again it takes the next step, as a stage does."""
    asked = wire.Numerics(device=options.device, threads=options.threads, precision=precision)  # type: ignore[arg-type]  # any text, of an option
    numerics = set_up_numerics(asked)
    rows = _rows(options)
    if part == "dense step":
        context: Any = SimpleNamespace(numerics=numerics)
        config: Any = SimpleNamespace(training=_prune_config(options).training)
        return _steps(TeacherLearner(context, config, _model(options), rows))
    if part == "teacher forward":
        return _teacher_forward(_model(options).to(numerics.device).eval(), numerics, rows)
    return _steps(_prune_learner(options, numerics, rows))


def _steps(learner: TeacherLearner | PruneLearner) -> Callable[[], object]:
    """A pruning stage makes its optimizers anew at its first step, so no step may be measured as the first again."""
    steps = count()
    return lambda: learner.train_step(next(steps))


def _teacher_forward(teacher: MaskedClassifier, numerics: Numerics, rows: Rows) -> Callable[[], object]:
    @torch.no_grad()
    def forward() -> object:
        batch = next(rows.parts(0, numerics.device)).batch
        with numerics.autocast():
            return teacher(batch.input_ids_BT, batch.attention_mask_BT, batch.token_type_ids_BT)

    return forward


def _prune_learner(options: argparse.Namespace, numerics: Numerics, rows: Rows) -> PruneLearner:
    config = _prune_config(options)
    student, teacher = _model(options).to(numerics.device), _model(options).to(numerics.device)
    width = student.hf_config.hidden_size
    transformation = LayerTransformation(width, width).to(numerics.device)
    module = load_strategy_module(config.strategy)  # type: ignore[arg-type]  # a module, as _prune_config says
    layers = LayerDistillation(module, transformation, numerics, 0, None, None)
    return PruneLearner(
        config=config,
        numerics=numerics,
        student=student,
        gates=_gates(student, options.sparsity).to(numerics.device),
        transformation=transformation,
        distillation=Distillation(teacher, config.distillation, config.strategy, layers, numerics, regression=False),
        rows=rows,
        schedule=Schedule(prefinetune_steps=0, prune_steps=10**6, warmup_steps=10**6),
    )


def _interleaved(work: dict[Any, Callable[[], object]], options: argparse.Namespace) -> dict[Any, list[float]]:
    seconds: dict[Any, list[float]] = {key: [] for key in work}
    for round_index in range(WARMUP_ROUNDS + options.rounds):
        for key, step in work.items():
            start = time.perf_counter()
            step()
            if options.device == "cuda":
                torch.cuda.synchronize()
            if round_index >= WARMUP_ROUNDS:
                seconds[key].append(time.perf_counter() - start)
    return seconds


def _model(options: argparse.Namespace) -> MaskedClassifier:
    embedded = {"source": "embedded", "layers": options.layers}
    return load_pretrained(BERT_BASE if options.model == "bert-base" else embedded, 2, 0)[0]


def _rows(options: argparse.Namespace) -> Rows:
    """One batch of sentences that all reach the asked length."""
    tokenizer = load_pretrained({**BERT_BASE, "layers": 1}, 2, 0)[1]
    text = "good and bad " * options.length
    rows = TokenisedRows(
        [Row(str(index), f"{index} {text}", None, index % 2) for index in range(options.batch)],
        tokenizer,
        options.length,
        regression=False,
    )
    order = BatchOrder(rows.lengths_N, options.batch, 0, "shuffled")
    return Rows(task=TASKS["movies"], train=rows, choose=rows, order=order, micro_batch=options.batch)


def _prune_config(options: argparse.Namespace) -> wire.PruneConfig:
    module = ROOT / "python/layersweep/generated" / f"{options.strategy}.py"
    sha256 = hashlib.sha256(module.read_bytes()).hexdigest()
    many_steps = {"unit": "steps", "count": 10**6}
    training = {"duration": many_steps, "batchSize": options.batch, "accumulationSteps": 1, "learningRate": 2e-5}
    training |= {"learningRateSchedule": "constant", "warmupFraction": 0, "weightDecay": 0, "gradientClip": 1}
    sparsity = {"target": 0.6, "epsilon": 0, "warmup": many_steps, "calibrate": False, "gates": list(GATE_NAMES)}
    sparsity |= {"gateLearningRate": 1e-6, "multiplierLearningRate": 0.01, "temperature": 2 / 3, "latchTarget": True}
    task = {"name": "movies", "source": {"kind": "embedded"}, "fingerprint": "", "split": "heldout-train"}
    return wire.PruneConfig.from_json(
        {
            "task": {**task, "maxTrainExamples": None, "maxEvalExamples": None},
            "model": BERT_BASE,
            "studentStart": "teacher",
            "studentDropout": None,
            "strategy": {"kind": "module", "name": options.strategy, "file": str(module), "sha256": sha256},
            "distillation": {"predictionWeight": 0.1, "layerWeight": 0.9, "temperature": 2},
            "training": {
                **training,
                "maxLength": options.length,
                "batching": "shuffled",
                "evalEverySteps": None,
                "compile": False,
            },
            "prefinetune": {"unit": "steps", "count": 0},
            "sparsity": {**sparsity, "initialLogit": 10, "initialIntermediateLogit": 0},
            "defects": [],
            "probeEverySteps": None,
            "seeds": {"initialisation": 0, "dataOrder": 0, "gateNoise": 0, "layerDraws": 0},
        }
    )


def _gates(student: MaskedClassifier, sparsity: float) -> HardConcreteGates:
    """Gates as they begin, or random ones with all hidden dimensions at an asked sparsity."""
    gates = HardConcreteGates(student.gate_config(), torch.Generator().manual_seed(0))
    if sparsity > 0:
        generator = torch.Generator().manual_seed(1)
        with torch.no_grad():
            for logits in gates.parameters():
                logits.copy_(3 * torch.randn(logits.shape, generator=generator))
            gates.logits["hidden_H"].fill_(4.6)
        calibrate_(gates, sparsity)
    gates.clamp_logits_()
    return gates


def _peak_memory(options: argparse.Namespace) -> float:
    """Megabytes after two steps of one part in this process, which did nothing else."""
    step = _step(options, options.precisions[0], options.memory_of)
    for _ in range(2):
        step()
    if options.device == "cuda":
        return torch.cuda.max_memory_allocated() / 1e6
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1e3


def _memory_of(options: argparse.Namespace, precision: str, part: str) -> float:
    command = [sys.executable, __file__, *sys.argv[1:], "--precisions", precision, "--memory-of", part]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.split()[-1])


def _ratio(values: list[float]) -> str:
    return f"{median(values):.3f} ({min(values):.3f} to {max(values):.3f})"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", choices=("embedded", "bert-base"), default="embedded")
    parser.add_argument("--layers", type=int, default=6, help="of the embedded model")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--length", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--precisions", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--strategy", default="v4", help="name of a file in python/layersweep/generated")
    parser.add_argument("--sparsity", type=float, default=0.0, help="of random gates; 0: gates as they begin")
    parser.add_argument("--memory-of", choices=PARTS, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
