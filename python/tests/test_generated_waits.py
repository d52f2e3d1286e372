"""A step waits for the device once, whatever the strategy; one-to-one, solved on the host, twice."""

import dataclasses
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
import strategy_oracle as oracle
import torch
from emitted import combinations, emitted
from generated_cases import gradients, inputs_of, make_case
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

NAMES = sorted(combinations())
READS = {"tolist", "numpy", "cpu"}
WAITING = {"_local_scalar_dense", "nonzero", "masked_select", "_unique2", "is_nonzero", "equal"}


class CountReads(TorchFunctionMode):
    """Whole tensors taken to the host."""

    count = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += getattr(func, "__name__", "") in READS
        return func(*args, **(kwargs or {}))


class CountScalars(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch leaves it untyped
    """Operators that need a value on the host."""

    count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += func.overloadpacket.__name__ in WAITING
        return func(*args, **(kwargs or {}))


@contextmanager
def as_on_a_device(module: ModuleType) -> Iterator[None]:
    """The module takes the way it takes where reading a tensor means waiting."""
    before = getattr(module, "_on_host", None)
    if before is None:
        yield
        return
    module._on_host = lambda _: False  # type: ignore[attr-defined]  # not every module has it
    try:
        yield
    finally:
        module._on_host = before  # type: ignore[attr-defined]  # likewise


@pytest.mark.parametrize("name", NAMES)
def test_a_step_waits_for_the_device_once_and_one_to_one_twice(name: str) -> None:
    module, case = emitted(name), make_case(1, "plain")
    allowed = 2 if combinations()[name]["alignment"]["kind"] == "one-to-one" else 1
    state = module.INITIAL_STATE
    with as_on_a_device(module):
        for step in (7, 8):
            with CountReads() as reads, CountScalars() as scalars:  # type: ignore[no-untyped-call]
                output, state = module.layer_loss(inputs_of(module, case, step=step), state)
                output.loss.backward()
            assert reads.count + scalars.count <= allowed


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_step_on_cuda_waits_once_and_one_to_one_twice() -> None:
    case = on_cuda(make_case(2, "plain"))
    for name in NAMES:
        module = emitted(name)
        allowed = 2 if combinations()[name]["alignment"]["kind"] == "one-to-one" else 1
        module.layer_loss(inputs_of(module, case), module.INITIAL_STATE)
        torch.cuda.set_sync_debug_mode("warn")
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                module.layer_loss(inputs_of(module, case), module.INITIAL_STATE)
        finally:
            torch.cuda.set_sync_debug_mode("default")
        assert len([w for w in caught if "synchroniz" in str(w.message)]) <= allowed, name


@pytest.mark.parametrize("name", NAMES)
def test_both_ways_to_the_chosen_states_give_the_same_loss_and_gradients(name: str) -> None:
    module = emitted(name)
    for seed in range(3):
        case = make_case(seed, "ties")
        here, _ = module.layer_loss(inputs_of(module, case), module.INITIAL_STATE)
        with as_on_a_device(module):
            there, _ = module.layer_loss(inputs_of(module, case), module.INITIAL_STATE)
        assert torch.equal(here.weights_kS, there.weights_kS)
        torch.testing.assert_close(here.loss, there.loss, rtol=1e-12, atol=1e-12)
        for a, b in zip(gradients(here.loss, case), gradients(there.loss, case), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-12)


def on_cuda(case: oracle.Case) -> oracle.Case:
    head, mlp, mask = (None if z is None else z.cuda() for z in (case.head, case.mlp, case.mask))
    return dataclasses.replace(
        case,
        teacher=[t.cuda() for t in case.teacher],
        student=[s.detach().cuda().requires_grad_() for s in case.student],
        transform=case.transform.cuda(),
        head=head,
        mlp=mlp,
        mask=mask,
    )
