import { clear, type Finding, hit } from './finding.ts';

/** What upstream's evaluation.py prints of a model, with the fields that the labels' order is told by. */
export type EvaluationOutput = { readonly task: string; readonly model: string; readonly accuracy: number };

/** Reads evaluation.py's output; undefined where the text holds none. The last one counts. */
export function readEvaluationOutput(text: string): EvaluationOutput | undefined {
  const task = lastOf(text, /^Task: *(\S+)/gim);
  const model = lastOf(text, /^Model path: *(.+?)\s*$/gim);
  const accuracy = Number(lastOf(text, /^(?:\S+\/)?acc(?:uracy)?: *([\d.]+)/gim));
  return task === undefined || model === undefined || Number.isNaN(accuracy) ? undefined : { task, model, accuracy };
}

/** Whether evaluation.py printed any of this text, on whatever task. */
export function isEvaluationOutput(text: string): boolean {
  return /^Task: *\S/im.test(text) && /^Model path: *\S/im.test(text);
}

/** The defect that an accuracy tells of. */
export const labelOrder = {
  id: 'mnli-labels-swapped',
  title: "evaluation swaps MNLI's labels only by the model path's prefix",
} as const;

/** Whether the printed accuracy is one of permuted labels. */
export function labelOrderOf({ task, model, accuracy }: EvaluationOutput): Finding {
  const { id, title } = labelOrder;
  if (task.toLowerCase() !== 'mnli') return clear(id, title, `task ${task.toLowerCase()}`);
  const evidence = `evaluation.py printed accuracy ${accuracy.toFixed(3)} for ${model}`;
  if (accuracy >= belowChance) return clear(id, title, evidence);
  const points = (100 * (1 / 3 - accuracy)).toFixed(1);
  return hit(
    id,
    title,
    evidence,
    `That is ${points} points below chance, so the labels are permuted: give evaluation.py a path that ${model.startsWith('princeton-nlp/') ? 'does not begin' : 'begins'} with princeton-nlp/, or map {0: 1, 1: 2, 2: 0} yourself.`,
  );
}

/** Of three classes a third is chance; permuted labels score what a good model gets wrong. */
export const belowChance = 0.2;

function lastOf(text: string, pattern: RegExp): string | undefined {
  return [...text.matchAll(pattern)].at(-1)?.[1];
}
