import { z } from 'zod';

const taskInfoSchema = z.strictObject({
  /** As in stage configs and results. */
  name: z.string(),
  /** As tables show it. */
  label: z.string(),
  family: z.enum(['glue', 'embedded']),
  /** Folder in the standard GLUE layout; null for embedded sets. */
  directory: z.string().nullable(),
  /** Files that make up the task's data, relative to its folder. */
  files: z.array(z.string()),
  /** Class names in the order of their ids; null for regression. */
  labels: z.array(z.string()).nullable(),
  sentences: z.union([z.literal(1), z.literal(2)]),
  metrics: z.array(z.string()).min(1),
  /** The one that models are chosen by and that tables show. */
  primaryMetric: z.string(),
  /** Rows with a label; null where the split depends on how the set is prepared. */
  trainRows: z.int().nullable(),
  devRows: z.int().nullable(),
  /** How the method's authors trained it: 100 epochs for small sets, 20 for large ones. */
  paperPreset: z.enum(['paper-small', 'paper-large']).nullable(),
});

export type TaskInfo = z.infer<typeof taskInfoSchema>;

const trainAndDev = ['train.tsv', 'dev.tsv'];
const entailment = ['entailment', 'not_entailment'];
const sentiment = ['negative', 'positive'];

/** GLUE tasks with the sizes of the GLUE download, in GLUE's order, then the embedded sentiment sets. */
export const tasks: readonly TaskInfo[] = [
  glue(
    'cola',
    'CoLA',
    1,
    ['unacceptable', 'acceptable'],
    ['matthews_correlation', 'accuracy'],
    8551,
    1043,
    'paper-small',
  ),
  glue('sst2', 'SST-2', 1, sentiment, ['accuracy'], 67349, 872, 'paper-large'),
  glue('mrpc', 'MRPC', 2, ['not_equivalent', 'equivalent'], ['accuracy', 'f1'], 3668, 408, 'paper-small'),
  glue('stsb', 'STS-B', 2, null, ['combined_score', 'pearson', 'spearmanr'], 5749, 1500, 'paper-small'),
  glue('qqp', 'QQP', 2, ['not_duplicate', 'duplicate'], ['accuracy', 'f1'], 363846, 40430, 'paper-large'),
  {
    ...glue(
      'mnli',
      'MNLI',
      2,
      ['entailment', 'neutral', 'contradiction'],
      ['accuracy', 'accuracy_mismatched'],
      392702,
      9815,
      'paper-large',
    ),
    files: ['train.tsv', 'dev_matched.tsv', 'dev_mismatched.tsv'],
  },
  glue('qnli', 'QNLI', 2, entailment, ['accuracy'], 104743, 5463, 'paper-large'),
  glue('rte', 'RTE', 2, entailment, ['accuracy'], 2490, 277, 'paper-small'),
  embedded('movies', 'movie snippets'),
  embedded('tweets', 'tweets'),
  embedded('amazon', 'Amazon reviews'),
  embedded('nyt', 'NYT editorials'),
].map((task) => taskInfoSchema.parse(task));

export const taskNames: readonly string[] = tasks.map((task) => task.name);

/** The task of a name in any common spelling (STSB, STS-B, stsb, sst_2), or undefined. */
export function findTask(spelling: string): TaskInfo | undefined {
  const plain = spelling.toLowerCase().replaceAll(/[\s_-]/g, '');
  return tasks.find((task) => task.name === (synonyms[plain] ?? plain));
}

const synonyms: Readonly<Record<string, string>> = {
  sst: 'sst2',
  sts: 'stsb',
  mnlim: 'mnli',
  mnlimatched: 'mnli',
  moviesnippets: 'movies',
  moviereviews: 'movies',
  amazonreviews: 'amazon',
  nyteditorials: 'nyt',
};

function glue(
  name: string,
  label: string,
  sentences: 1 | 2,
  labels: string[] | null,
  metrics: [string, ...string[]],
  trainRows: number,
  devRows: number,
  paperPreset: TaskInfo['paperPreset'],
): TaskInfo {
  const common = { name, label, directory: label, files: trainAndDev, labels, sentences, metrics };
  return { ...common, family: 'glue', primaryMetric: metrics[0], trainRows, devRows, paperPreset };
}

function embedded(name: string, label: string): TaskInfo {
  const shape = { labels: sentiment, sentences: 1 as const, metrics: ['accuracy', 'f1'], primaryMetric: 'accuracy' };
  return {
    name,
    label,
    family: 'embedded',
    directory: null,
    files: [],
    ...shape,
    trainRows: null,
    devRows: null,
    paperPreset: null,
  };
}
