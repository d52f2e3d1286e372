"""Whether a sparsity can be reached at all, found before training starts."""

from layersweep.model.gates import HardConcreteGates


def check_target(gates: HardConcreteGates, target: float) -> None:
    """ValueError where even with every gate off the expected sparsity stays below `target`.

    Logits are clamped, so every gate keeps a probability of 0.047; gates on some kinds of units only leave the others.
    """
    _, highest = gates.expected_sparsity_range()
    if target > highest:
        kinds = ", ".join(gates.gate_names)
        raise ValueError(
            f"A sparsity of {100 * target:.2f}% is out of reach: gates on {kinds} remove at most {100 * highest:.2f}% "
            "of this model. Ask for less, or add gates"
        )
