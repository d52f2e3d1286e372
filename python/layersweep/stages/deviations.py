"""Where a stage does as upstream's trainer does, and what that means for the choice of its best model."""

from typing import TypeAlias

from layersweep.generated import wire

Training: TypeAlias = wire.PruneConfig | wire.FinetuneConfig

PUBLISHED_PREFINETUNE = wire.DurationSteps(count=100)


def lowest_best(config: Training) -> float:
    """The score that the first model has to exceed: upstream's best starts at 0, so a negative one is never saved."""
    return 0.0 if "best-from-zero" in config.defects else float("-inf")


def saves_best(config: Training) -> bool:
    """Whether a model is chosen at all: upstream looks some tasks' scores up under a name that is not there."""
    return "best-never-saved" not in config.defects


def squares_errors(config: Training) -> bool:
    """Whether a regression is distilled by squared errors: upstream's softmax over its single logit teaches nothing."""
    return "single-logit-softmax" not in config.defects


def deviations_of(config: Training) -> tuple[wire.Deviation, ...]:
    """The defects asked for, and those that other settings amount to, by their names in docs/training.md."""
    found: list[wire.Deviation] = list(config.defects)
    if isinstance(config, wire.PruneConfig):
        if config.prefinetune == PUBLISHED_PREFINETUNE:
            found.append("prefinetune-100")
        if config.sparsity.latch_target:
            found.append("sparsity-latched")
        if "intermediate" in config.sparsity.gates and config.sparsity.initial_intermediate_logit == 0:
            found.append("intermediate-gates-half-open")
    if config.task.split == "dev":
        found.append("selected-on-reporting-set")
    return tuple(found)
