/**
 * `code` defines `_align(inputs, drawn_layers, alive)`, which gives Σ W·D with gradient, W [k, S], D [k, S]
 * and, for attention, the scores [k, S].
 */
export type EmittedAlignment = { readonly doc: string; readonly code: string };

/** The head of `_align`, with its docstring. */
export const alignSignature = (scored = false) => `def _align(
    inputs: LayerLossInputs,
    drawn_layers: Tuple[int, ...],
    alive: List[int],
) -> Tuple[Tensor, Tensor, Tensor${scored ? ', Tensor' : ''}]:
    """The total weighted distance with gradient; weights${scored ? ', distances and scores' : ' and distances'} [k, S]."""`;
