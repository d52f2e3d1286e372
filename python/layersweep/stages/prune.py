"""Stage `prune`: CoFi's distilled pruning with hard-concrete gates, then cutting to the smaller shape."""

import sys

import torch

from layersweep.generated import wire
from layersweep.model.gates import HardConcreteGates
from layersweep.model.masked_bert import MaskedClassifier
from layersweep.model.reach import check_target
from layersweep.model.transformation import LayerTransformation
from layersweep.runtime.compiled import compile_
from layersweep.runtime.context import StageContext
from layersweep.runtime.failures import requested
from layersweep.runtime.numerics import seed_global_generators
from layersweep.runtime.process import run_stage
from layersweep.stages.deviations import lowest_best, squares_errors
from layersweep.stages.distillation import Distillation
from layersweep.stages.inputs import check_same_tokens, load_model, load_rows, load_teacher, open_task
from layersweep.stages.layer_losses import layer_distillation
from layersweep.stages.loop import train
from layersweep.stages.prune_learner import PruneLearner, Schedule
from layersweep.stages.pruned import finish


def execute(context: StageContext) -> wire.Result:
    """Prefinetune, prune, choose by the sparsity rule, calibrate, cut, save the masked and the cut model."""
    assert isinstance(context.request, wire.RequestPrune)
    config = context.request.config
    data = open_task(context, config.task)
    teacher_dir = context.input_dir("teacher")
    teacher, teacher_tokenizer = load_teacher(teacher_dir, data.info)
    if config.student_start == "teacher":
        student, tokenizer = load_teacher(teacher_dir, data.info)
    else:
        student, tokenizer = load_model(config.model, data.info, config.seeds.initialisation)
    check_same_tokens(teacher_tokenizer, tokenizer)
    if config.student_dropout is not None:
        student.set_dropout(config.student_dropout)
    rows = load_rows(data, tokenizer, config.training, config.seeds.data_order)
    schedule = Schedule.of(config, rows)

    device, dtype = context.device, context.numerics.parameter_dtype
    transformation = LayerTransformation(_width(student), _width(teacher)).to(device, dtype)
    teacher.to(device, dtype)
    if context.compiles:
        compile_(teacher)
        compile_(student)
    learner = PruneLearner(
        config=config,
        numerics=context.numerics,
        student=student.to(device, dtype),
        gates=_gates(student, config, dtype).to(device),
        transformation=transformation,
        distillation=Distillation(
            teacher,
            config.distillation,
            config.strategy,
            layer_distillation(
                context,
                config.strategy,
                transformation,
                config.seeds.layer_draws,
                config.probe_every_steps,
            ),
            context.numerics,
            regression=rows.regression and squares_errors(config),
        ),
        rows=rows,
        schedule=schedule,
    )
    seed_global_generators(config.seeds.data_order, config.seeds.layer_draws)
    trained = train(
        context,
        learner,
        phase="prune",
        total_steps=schedule.total_steps,
        eval_every_steps=config.training.eval_every_steps,
        lowest_best=lowest_best(config),
    )
    return finish(context, learner, tokenizer, trained)


def _gates(student: MaskedClassifier, config: wire.PruneConfig, dtype: torch.dtype) -> HardConcreteGates:
    sparsity = config.sparsity
    gate_config = student.gate_config(
        sparsity.gates,
        temperature=sparsity.temperature,
        initial_logit=sparsity.initial_logit,
        initial_intermediate_logit=sparsity.initial_intermediate_logit,
    )
    gates = HardConcreteGates(gate_config, torch.Generator().manual_seed(config.seeds.initialisation), dtype)
    with requested():
        check_target(gates, sparsity.target)
    return gates


def _width(model: MaskedClassifier) -> int:
    return int(model.hf_config.hidden_size)


if __name__ == "__main__":
    sys.exit(run_stage("prune", execute))
