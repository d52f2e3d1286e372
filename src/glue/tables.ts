/** How the files of a GLUE task in its download are read: tab-separated, quotes are text. */
export type TableLayout = {
  /** Columns of the sentences, then of the label, by the header's names or, with `width`, by number. */
  readonly columns: readonly string[];
  /** Class id by its spelling in the files; null for scores. */
  readonly labelIds: Readonly<Record<string, number>> | null;
  /** Number of columns of files without header. */
  readonly width: number | null;
  /** Rows with missing fields that the original download is known to hold; they are left out. */
  readonly shortRows: number;
};

/** STS-B's similarity scores: lowest and highest. */
export const scoreRange: readonly [low: number, high: number] = [0, 5];

const binary = { '0': 0, '1': 1 };
const entailment = { entailment: 0, not_entailment: 1 };

/** By the task's name. */
export const tableLayouts: Readonly<Record<string, TableLayout>> = {
  cola: { ...table(['3', '1'], binary), width: 4 },
  sst2: table(['sentence', 'label'], binary),
  mrpc: table(['#1 String', '#2 String', 'Quality'], binary),
  qqp: { ...table(['question1', 'question2', 'is_duplicate'], binary), shortRows: 3 },
  stsb: table(['sentence1', 'sentence2', 'score'], null),
  mnli: table(['sentence1', 'sentence2', 'gold_label'], { entailment: 0, neutral: 1, contradiction: 2 }),
  qnli: table(['question', 'sentence', 'label'], entailment),
  rte: table(['sentence1', 'sentence2', 'label'], entailment),
};

function table(columns: readonly string[], labelIds: TableLayout['labelIds']): TableLayout {
  return { columns, labelIds, width: null, shortRows: 0 };
}
