import { pyInt } from './literals.ts';

/** The drop-in for upstream's trainer. `version`: the number in its log line, or null for none. */
export function emitDropIn(needs: readonly string[], version: number | null): string {
  const head = `def calculate_layer_distillation_loss(
    self: Any,
    teacher_outputs: Any,
    student_outputs: Any,
    zs: Any,
) -> Optional[Tensor]:`;
  const guard = `    if not self.additional_args.do_layer_distill:
        return None`;
  if (needs.length > 0) {
    return `${head}
    """Upstream's trainer cannot give what this strategy needs. None without do_layer_distill."""
${guard}
    raise InputError(f"upstream's trainer gives no {', no '.join(NEEDS)}, which this strategy needs")`;
  }
  return `${head}
    """Drop-in for the method of upstream's trainer. None without do_layer_distill."""
${guard}
    inputs = LayerLossInputs(
        teacher_states=teacher_outputs[2][1:],
        student_states=student_outputs[2][1:],
        transform=self.model.layer_transformation,
        head_layer_z=zs.get("head_layer_z"),
        mlp_z=zs.get("mlp_z"),
        step=self.global_step,
        seed=self.args.seed,
    )
    state = getattr(self, "layer_loss_state", INITIAL_STATE)
    output, self.layer_loss_state = layer_loss(inputs, state)
${version === null ? '' : logLine(version)}    return output.loss`;
}

const logLine = (version: number) => `    if self.global_step % 100 == 0:
        chosen_k = output.weights_kS.argmax(1)
        matched_k = output.weights_kS.sum(1) > 0
        alignment = torch.where(matched_k, chosen_k, torch.full_like(chosen_k, -1))
        logger.info(f"v${pyInt(version, 'version')} Global step: {self.global_step}, Alignment: {alignment}")
`;
