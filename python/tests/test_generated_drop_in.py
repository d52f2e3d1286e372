"""The drop-in for upstream's trainer."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest
import strategy_oracle as oracle
import torch
from emitted import emitted, emitted_folder
from generated_cases import inputs_of, make_case

CORRECTED = sorted(path.stem for path in emitted_folder().glob("*.py") if not path.stem.startswith("published"))


def trainer_of(case: oracle.Case, step: int) -> Any:
    return SimpleNamespace(
        additional_args=SimpleNamespace(do_layer_distill=True),
        args=SimpleNamespace(seed=case.seed),
        model=SimpleNamespace(layer_transformation=case.transform),
        global_step=step,
    )


@pytest.mark.parametrize("name", CORRECTED)
def test_the_drop_in_gives_the_loss_of_layer_loss_or_refuses_by_name(name: str) -> None:
    module, case = emitted(name), make_case(8, "plain")
    outputs = [(None, None, (torch.zeros(1), *states)) for states in (case.teacher, case.student)]
    zs = {name: gate for name, gate in (("head_layer_z", case.head), ("mlp_z", case.mlp)) if gate is not None}
    trainer = trainer_of(case, 7)
    if module.NEEDS:
        with pytest.raises(module.InputError, match=f"upstream's trainer gives no {', no '.join(module.NEEDS)}"):
            module.calculate_layer_distillation_loss(trainer, *outputs, zs)
    elif name in ("fixed_2_5_8_11", *(f"uniform_{k}" for k in range(7, 13))):
        with pytest.raises(module.InputError, match=r"the teacher has 6 layers|expected one of 6"):
            module.calculate_layer_distillation_loss(trainer, *outputs, zs)
    else:
        expected, _ = module.layer_loss(inputs_of(module, case, step=7), module.INITIAL_STATE)
        found = module.calculate_layer_distillation_loss(trainer, *outputs, zs)
        assert torch.equal(found, expected.loss)
    trainer.additional_args.do_layer_distill = False
    assert module.calculate_layer_distillation_loss(trainer, None, None, None) is None


def test_numbered_versions_log_every_hundred_steps(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    case = make_case(8, "plain")
    for step in (99, 100, 101):
        trainer = trainer_of(case, step)
        emitted("v4").calculate_layer_distillation_loss(
            trainer,
            (None, None, (None, *case.teacher)),
            (None, None, (None, *case.student)),
            {"head_layer_z": torch.tensor([0.0, 1, 0, 1, 0, 0]), "mlp_z": torch.zeros(6)},
        )
    [line] = [record.getMessage() for record in caplog.records]
    assert line.startswith("v4 Global step: 100, Alignment: tensor([")
