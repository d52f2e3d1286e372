/** The head of `_align`, with its docstring. */
export const alignSignature = (scored = false) => `def _align(
    inputs: LayerLossInputs,
    drawn_layers: Tuple[int, ...],
    alive: List[int],
) -> Tuple[Tensor, Tensor, Tensor${scored ? ', Tensor' : ''}]:
    """The total weighted distance with gradient; weights${scored ? ', distances and scores' : ' and distances'} [k, S]."""`;
