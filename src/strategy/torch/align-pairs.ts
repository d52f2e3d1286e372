import { alignSignature, type EmittedAlignment } from './align-signature.ts';

export function emitIdentity(): EmittedAlignment {
  return {
    doc: 'the student layer of the same index',
    code: align(`    _check_depths(inputs)
    pairs = [(row, layer) for row, layer in enumerate(drawn_layers) if layer in alive]`),
  };
}

export function emitReverse(): EmittedAlignment {
  return {
    doc: 'the student layer as far from the top as it is from the bottom (a control)',
    code: align(`    _check_depths(inputs)
    top = len(inputs.student_states) - 1
    pairs = [(row, top - layer) for row, layer in enumerate(drawn_layers) if top - layer in alive]`),
  };
}

export function emitAllToOne(): EmittedAlignment {
  return {
    doc: 'always the topmost one (a control)',
    code: align('    pairs = [(row, max(alive)) for row in range(len(drawn_layers)) if alive]'),
  };
}

/** An alignment that needs no distances: the pairs of row and student layer are known on the host. */
const align = (pairs: string) => `${alignSignature()}
${pairs}
    weights_kS = torch.zeros(
        (len(drawn_layers), len(inputs.student_states)),
        dtype=_wide(inputs.teacher_states[0]).dtype,
        device=inputs.teacher_states[0].device,
    )
    for row, layer in pairs:
        weights_kS[row, layer] = 1.0
    total, distances_kS = _measure(inputs, drawn_layers, pairs, weights_kS)
    return total, weights_kS, distances_kS`;
