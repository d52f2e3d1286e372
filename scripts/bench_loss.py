"""What a layer loss costs, forward and backward, beside distilling k fixed pairs without any search (the yardstick).

All contenders take their turn in every round. A ratio is that of the times of one round: the median over the rounds,
with the quartiles. The straightforward formulation computes all k x S distances with gradient, as the published
function does. Memory is the peak of what a step allocates.
"""

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from statistics import median, quantiles
from types import ModuleType

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

LAYERS, BATCH, LENGTH, HIDDEN, K = 12, 32, 40, 768, 4
FIXED = (2, 5, 8, 11)
ALIVE = {12: range(12), 6: (1, 2, 5, 7, 8, 11), 4: FIXED}
# What the corrected strategies must keep to on two CPU cores: module, layers alive, ratio.
TARGETS = (("v4", 12, 1.7), ("v4", 6, 1.3), ("v4", 4, 1.1), ("v4_realign_10", 12, 1.1), ("v3", 12, 1.7))
REALIGN_PERIOD = 10
WARMUP_ROUNDS = 2


@dataclass(frozen=True)
class Contender:
    name: str
    step: Callable[[], None]
    # A kept alignment is cheap in nine of ten steps: all ten make one turn.
    steps_a_turn: int = 1
    target: float | None = None
    equally_near: bool = False


class Problem:
    """States as of a residual stream: a layer adds to the one below, and the student is somewhat off at each.

    With equally_near all teacher layers are one, and the student's are off by as much: no search can stop early.
    """

    def __init__(self, device: str, precision: str, *, equally_near: bool = False) -> None:
        torch.manual_seed(0)
        self.device, self.precision = device, precision
        added = [torch.randn(BATCH, LENGTH, HIDDEN, device=device) for _ in range(LAYERS)]
        self.teacher = added[:1] * LAYERS if equally_near else list(accumulate(added))
        self.student = [(t + torch.randn_like(t)).requires_grad_() for t in self.teacher]
        self.transform = torch.nn.Linear(HIDDEN, HIDDEN, device=device)
        with torch.no_grad():
            self.transform.weight.copy_(torch.eye(HIDDEN) + 0.01 * torch.randn(HIDDEN, HIDDEN) / HIDDEN**0.5)
        self.mask = torch.ones(BATCH, LENGTH, dtype=torch.long, device=device)
        self.gates = {
            count: torch.tensor([float(layer in alive) for layer in range(LAYERS)], device=device)
            for count, alive in ALIVE.items()
        }

    def clear_gradients(self) -> None:
        self.transform.zero_grad(set_to_none=True)
        for state in self.student:
            state.grad = None

    def backward(self, loss_of: Callable[[], Tensor]) -> None:
        self.clear_gradients()
        with torch.autocast(self.device, torch.bfloat16, enabled=self.precision == "bf16"):
            loss = loss_of()
        torch.autograd.backward(loss)

    def yardstick(self) -> None:
        def loss() -> Tensor:
            return torch.stack([mse_loss(self.transform(self.student[i]), self.teacher[i]) for i in FIXED]).sum()

        self.backward(loss)

    def straightforward(self) -> None:
        def loss() -> Tensor:
            x = [self.transform(state) for state in self.student]
            d = torch.stack([mse_loss(self.teacher[i], v) for i in FIXED for v in x]).reshape(K, LAYERS)
            return d[torch.arange(K), d.argmin(1).cpu()].sum()

        self.backward(loss)

    def strategy(self, module: ModuleType, alive: int) -> Callable[[], None]:
        steps: Iterator[int] = iter(range(10**9))
        kept = {"state": module.INITIAL_STATE}

        def loss() -> Tensor:
            inputs = module.LayerLossInputs(
                self.teacher,
                self.student,
                self.transform,
                self.gates[alive],
                self.gates[alive],
                step=next(steps),
                attention_mask=self.mask,
                epoch=0,
                expected_layers=float(K),
                layer_importance=[float(i in FIXED) for i in range(LAYERS)],
            )
            output, kept["state"] = module.layer_loss(inputs, kept["state"])
            loss: Tensor = output.loss
            return loss

        return lambda: self.backward(loss)


def main() -> None:
    options = parse()
    torch.set_num_threads(options.threads)
    place = f"{options.device}, {options.threads} threads"
    say(f"{place}, batch {BATCH}, length {LENGTH}, hidden {HIDDEN}, {LAYERS} layers, k {K}")
    for precision in options.precision:
        near = Problem(options.device, precision, equally_near=True)
        report(Problem(options.device, precision), near, options)


def report(problem: Problem, near: Problem, options: argparse.Namespace) -> None:
    modules = {path.stem: load(path) for path in sorted(options.modules.glob("*.py"))}
    contenders = list(contenders_of(problem, near, modules, options.only_targets))
    clock = time.process_time if options.cpu_time else time.perf_counter
    seconds = measure(contenders, problem.device, options.rounds, clock)
    memory = {c.name: peak_bytes(near if c.equally_near else problem, c.step) for c in contenders}
    unit, straight = seconds["yardstick"], seconds["straightforward"]
    say(f"\n{problem.precision}: yardstick {1000 * median(unit):.1f} ms, {memory['yardstick'] / 2**20:.0f} MiB")
    say(f"{'':34} {'x yardstick':>11} {'quartiles':>11} {'x straight':>10} {'MiB':>5} {'of straight':>11}  at most")
    for c in contenders[1:]:
        ratios = over(seconds[c.name], unit)
        low, middle, high = quantiles(ratios, n=4)
        share = memory[c.name] / memory["straightforward"]
        verdict = "" if c.target is None else f"{c.target} {'kept' if middle <= c.target else 'MISSED'}"
        say(
            f"{c.name:34} {middle:11.2f} {low:5.2f}-{high:5.2f} {median(over(seconds[c.name], straight)):10.2f}"
            f" {memory[c.name] / 2**20:5.0f} {share:11.2f}  {verdict}"
        )


def contenders_of(
    problem: Problem, near: Problem, modules: dict[str, ModuleType], only_targets: bool
) -> Iterator[Contender]:
    yield Contender("yardstick", problem.yardstick)
    yield Contender("straightforward", problem.straightforward)
    for name, alive, ratio in TARGETS:
        turn = REALIGN_PERIOD if name.endswith("realign_10") else 1
        target = ratio if problem.device == "cpu" else None
        yield Contender(f"{name}, {alive} alive", problem.strategy(modules[name], alive), turn, target)
    for name in ("v4", "v3"):
        step = near.strategy(modules[name], LAYERS)
        yield Contender(f"{name}, {LAYERS} equally near", step, equally_near=True)
    for name in sorted({*modules} - {name for name, _, _ in TARGETS} if not only_targets else ()):
        yield Contender(f"{name}, {LAYERS} alive", problem.strategy(modules[name], LAYERS))


def measure(
    contenders: list[Contender], device: str, rounds: int, clock: Callable[[], float]
) -> dict[str, list[float]]:
    """Seconds a step, round by round."""
    seconds: dict[str, list[float]] = {c.name: [] for c in contenders}
    for number in range(WARMUP_ROUNDS + rounds):
        for c in contenders:
            taken = timed(c, device, clock)
            if number >= WARMUP_ROUNDS:
                seconds[c.name].append(taken)
    return seconds


def over(seconds: list[float], unit: list[float]) -> list[float]:
    return [a / b for a, b in zip(seconds, unit, strict=True)]


def timed(contender: Contender, device: str, clock: Callable[[], float]) -> float:
    synchronise(device)
    start = clock()
    for _ in range(contender.steps_a_turn):
        contender.step()
    synchronise(device)
    return (clock() - start) / contender.steps_a_turn


def synchronise(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def peak_bytes(problem: Problem, step: Callable[[], None]) -> int:
    """The most that a step holds beyond what lay there before: gradients are part of it."""
    problem.clear_gradients()
    if problem.device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = int(torch.cuda.memory_allocated())
        step()
        return int(torch.cuda.max_memory_allocated()) - before
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        step()
    events = [event for event in profile.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = accumulate(int(event.nbytes()) for event in sorted(events, key=lambda event: event.start_ns()))
    return max(held)


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", type=Path, required=True, help="a folder of emitted modules")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--precision", nargs="+", choices=("fp32", "bf16"), help="bf16 is autocast; on CUDA both")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--cpu-time", action="store_true", help="count CPU seconds: for a busy machine, with 1 thread")
    parser.add_argument("--only-targets", action="store_true", help="leave out strategies without a limit")
    options = parser.parse_args()
    options.precision = options.precision or (["fp32"] if options.device == "cpu" else ["fp32", "bf16"])
    return options


if __name__ == "__main__":
    main()
