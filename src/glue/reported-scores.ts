/** Where a reported number was read: in source or a README, off talk slides, digitised from a figure, in a paper's introduction. */
export type ReportedGrade = 'source' | 'talk' | 'figure' | 'abstract';

/** One published number; scores and sparsities in percent. */
export type ReportedScore = {
  readonly task: string;
  readonly method: string;
  readonly metric: string;
  readonly score: number;
  /** Of the released model where stated, else the sparsity that was aimed at. */
  readonly sparsity: number;
  readonly speedup: number | null;
  readonly source: string;
  readonly grade: ReportedGrade;
};

const readme = 'princeton-nlp/CoFiPruning README, model list (batch 128, V100)';
const slide = 'ACL 2022 talk, slide 35: distillation ablation';
const curve = 'princeton-nlp/CoFiPruning figures/main_results.png, digitised (±0.15)';
const table = 'arXiv 2204.00408, table 1';

/** Scores that were published for CoFi on GLUE dev sets; none is from memory. */
export const reportedScores: readonly ReportedScore[] = [
  ...model('mnli', 'accuracy', [60.2, 2.1, 85.3], [94.3, 12.1, 80.6]),
  ...model('qnli', 'accuracy', [60.3, 2.1, 91.8], [94.5, 12.1, 86.1]),
  ...model('sst2', 'accuracy', [60.1, 2.1, 93.0], [94.5, 12.2, 90.4]),
  ...model('rte', 'accuracy', [60.2, 2.0, 72.6], [96.2, 12.8, 66.1]),
  ...model('cola', 'matthews_correlation', [60.4, 2.0, 60.4], [95.1, 12.3, 38.9]),
  ...model('mrpc', 'accuracy', [61.5, 2.0, 86.8], [94.9, 12.2, 83.6]),
  ...points('sst2', [93.0, 92.9, 92.9, 92.6, 91.5]),
  ...points('qnli', [91.2, 91.3, 90.4, 89.7, 88.9]),
  ...points('mnli', [84.9, 84.7, 84.3, 83.4, 82.6]),
  ...ablation('no distillation', [86.6, 84.2, 78.2]),
  ...ablation('prediction loss only', [91.1, 85.1, 79.7]),
  ...ablation('CoFi', [90.6, 86.1, 80.6]),
  accuracy('mnli', 'dense', 84.8, 0, 1, table, 'abstract'),
];

/** The reported scores of a task within two points of a sparsity (percent), the better-graded and nearer first. */
export function reportedFor(task: string, sparsity: number, method = 'CoFi'): ReportedScore[] {
  const grades: readonly ReportedGrade[] = ['source', 'talk', 'abstract', 'figure'];
  const distance = (score: ReportedScore) => Math.abs(score.sparsity - sparsity);
  return reportedScores
    .filter((score) => score.task === task && score.method === method && distance(score) <= 2)
    .sort((a, b) => grades.indexOf(a.grade) - grades.indexOf(b.grade) || distance(a) - distance(b));
}

type Row = readonly [sparsity: number, speedup: number, score: number];

function model(task: string, metric: string, ...rows: Row[]): ReportedScore[] {
  return rows.map(([sparsity, speedup, score]) => ({
    ...{ task, method: 'CoFi', metric, score, sparsity, speedup },
    ...{ source: readme, grade: 'source' },
  }));
}

function points(task: string, scores: readonly number[]): ReportedScore[] {
  return [70, 75, 80, 85, 90].flatMap((sparsity, i) => {
    const score = scores[i];
    return score === undefined ? [] : [accuracy(task, 'CoFi', score, sparsity, null, curve, 'figure')];
  });
}

function ablation(method: string, scores: readonly number[]): ReportedScore[] {
  return ['sst2', 'qnli', 'mnli'].flatMap((task, i) => {
    const score = scores[i];
    return score === undefined ? [] : [accuracy(task, method, score, 95, null, slide, 'talk')];
  });
}

function accuracy(
  task: string,
  method: string,
  score: number,
  sparsity: number,
  speedup: number | null,
  source: string,
  grade: ReportedGrade,
): ReportedScore {
  return { task, method, metric: 'accuracy', score, sparsity, speedup, source, grade };
}
