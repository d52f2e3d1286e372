/**
 * `code` defines `_align(inputs, drawn_layers, alive)`, which gives Σ W·D with gradient, W [k, S], D [k, S]
 * and, for attention, the scores [k, S].
 */
export type EmittedAlignment = { readonly doc: string; readonly code: string };

const parameters = 'inputs: LayerLossInputs, drawn_layers: Tuple[int, ...], alive: List[int]';

/** The head of `_align`, with its docstring. */
export const alignSignature = (scored = false) =>
  scored
    ? `def _align(
    ${parameters}
) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
    """The total weighted distance with gradient; weights, distances and scores [k, S]."""`
    : `def _align(${parameters}) -> Tuple[Tensor, Tensor, Tensor]:
    """The total weighted distance with gradient; weights and distances [k, S]."""`;

/** The head of an `_align` that searches by distance. */
export const searchHead = `${alignSignature()}
    if not alive:
        return _nothing_matched(inputs, drawn_layers)
    teacher = [_wide(inputs.teacher_states[layer]) for layer in drawn_layers]
`;
