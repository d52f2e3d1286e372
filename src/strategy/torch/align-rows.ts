import { alignSignature, type EmittedAlignment } from './align-signature.ts';

export function emitStudentToTeacher(): EmittedAlignment {
  return {
    doc: 'each of these goes to the nearest selected teacher layer',
    code: `${alignSignature()}
    if not alive:
        return _nothing_matched(inputs, drawn_layers)
    teacher = [_wide(inputs.teacher_states[layer]) for layer in drawn_layers]
    candidates = [_transformed(inputs, layer) for layer in alive]
    with torch.no_grad():
        distances_kA = _distances(inputs, teacher, candidates)
        rows_A = distances_kA.argmin(0)
        weights_kA = torch.zeros_like(distances_kA).scatter_(0, rows_A.unsqueeze(0), 1.0)
        chosen_ABTH = torch.stack(teacher).index_select(0, rows_A)
    pairs = zip(chosen_ABTH.unbind(), candidates)
    total = torch.stack([_distance(inputs, t_BTH, x_BTH) for t_BTH, x_BTH in pairs]).sum()
    return total, _spread(inputs, alive, weights_kA, 0.0), _spread(inputs, alive, distances_kA, math.nan)`,
  };
}
