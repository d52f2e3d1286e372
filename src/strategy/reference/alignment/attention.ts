import type { LayerLossInputs, Matrix, Numbers } from '../types.ts';
import { logSumExp } from './log-sum-exp.ts';
import type { AlignmentProblem } from './problem.ts';

/** score[i,j] = mean over the batch of <t_i, x_j> on the first token, over temperature · √H: [k, S]. */
export function attentionScores(
  temperature: number,
  inputs: LayerLossInputs,
  drawnLayers: readonly number[],
  transformed: readonly Numbers[],
): Matrix {
  const { batch, tokens, width } = inputs;
  const scale = batch * temperature * Math.sqrt(width);
  return drawnLayers.map((layer) => {
    const teacher = inputs.teacherStates[layer] as Numbers;
    return transformed.map((student) => {
      let sum = 0;
      for (let sequence = 0; sequence < batch; sequence++) {
        const start = sequence * tokens * width;
        for (let h = start; h < start + width; h++) sum += (teacher[h] as number) * (student[h] as number);
      }
      return sum / scale;
    });
  });
}

/** For each column in A the softmax of its scores over the rows. Source: ALP-KD (arXiv 2012.14022). */
export function alignAttention({ scores, alive }: AlignmentProblem): number[][] {
  if (scores === null) throw new Error('Expected scores for an attention alignment');
  return scores.map((row) =>
    row.map((score, column) =>
      alive[column] === true ? Math.exp(score - logSumExp(scores.map((other) => other[column] as number))) : 0,
    ),
  );
}
