import { z } from 'zod';
import { findTask } from '../../glue/tasks.ts';
import { inFileOrder, type SweepFileError, type SweepFileWarning } from '../errors.ts';
import { largestCount, maxRuns } from '../expand.ts';
import { modelSpecSchema, refusedKeys, sweepFileSchema } from '../file-schema.ts';
import { checkMethod, checkRequired, isMapping } from '../parse.ts';
import { readListedRun, readParameters } from '../read-parameters.ts';
import { readQuestions } from '../read-questions.ts';
import { fail, parseBy, type Reading, show, startReading } from '../reading.ts';
import { didYouMean } from '../suggest.ts';
import type { SweepParameter } from '../sweep-file.ts';
import { readYamlDocument } from '../yaml-document.ts';
import type { CofiSweep } from './cofi-sweep.ts';
import { cofiVocabulary } from './parameters.ts';

const path = z.string().min(1);
const { resources, data: _data, metric: _metric, ...shared } = sweepFileSchema.shape;
const { gpus_per_run: _gpus, checkpoint_every_steps: _checkpoint, ...ownResources } = resources.unwrap().shape;

const schema = z.strictObject({
  ...shared,
  backend: z.literal('cofi'),
  checkout: path,
  python: path,
  teacher: z.union([path, z.record(z.string(), path)]),
  model: modelSpecSchema.default({ source: 'hub', name: 'bert-base-uncased', revision: 'main' }),
  metric: z.strictObject({ name: z.literal('score'), goal: z.literal('maximize').default('maximize') }).optional(),
  data: z
    .strictObject({ split: z.literal('dev', 'Upstream chooses and reports on the dev set: expected dev').optional() })
    .default({}),
  resources: z.strictObject(ownResources).prefault({}),
});

export type ParsedCofiSweep =
  | { readonly ok: true; readonly sweep: CofiSweep; readonly warnings: readonly SweepFileWarning[] }
  | { readonly ok: false; readonly errors: readonly SweepFileError[] };

/** Reads and checks a sweep file of `backend: cofi`; pure. Every error at once, each with its position. */
export function parseCofiSweep(text: string, file: string): ParsedCofiSweep {
  const document = readYamlDocument(text, file);
  const reading = startReading(document, file);
  const refused = () => ({ ok: false as const, errors: inFileOrder(reading.errors) });
  if (!isMapping(document.value)) return refused();
  const top = withoutRefused(reading, document.value);
  const raw = parseBy(reading, schema, top, '');
  const { parameters, runs } = readAllParameters(reading, top);
  if (raw === undefined || reading.errors.length > 0) return refused();
  const sweep = assemble(raw, parameters, runs, reading);
  if (sweep !== undefined) checkCount(reading, sweep);
  return sweep === undefined || reading.errors.length > 0
    ? refused()
    : { ok: true, sweep, warnings: inFileOrder(reading.warnings) };
}

const refusedHere: Readonly<Record<string, string>> = {
  ...refusedKeys,
  script:
    "Upstream's run_CoFi.sh is not driven: it reads its tenth argument, sparsity_epsilon, as pretrained_pruned_model. Remove `script`; run_glue_prune.py is called with named arguments",
};

function withoutRefused(reading: Reading, value: Record<string, unknown>): Record<string, unknown> {
  const top = { ...value };
  for (const [key, message] of Object.entries(refusedHere)) {
    if (!(key in top)) continue;
    fail(reading, `${key}#key`, message);
    delete top[key];
  }
  if (isMapping(top.resources) && top.resources.gpus_per_run !== undefined && top.resources.gpus_per_run !== 1) {
    fail(reading, 'resources.gpus_per_run', 'Upstream trains on one GPU: leave gpus_per_run out');
    const { gpus_per_run: _several, ...others } = top.resources;
    top.resources = others;
  }
  return top;
}

function readAllParameters(
  reading: Reading,
  top: Readonly<Record<string, unknown>>,
): { parameters: SweepParameter[]; runs: SweepParameter[][] } {
  const method = typeof top.method === 'string' ? top.method : 'grid';
  checkMethod(reading, top, method);
  const parameters = isMapping(top.parameters) ? readParameters(reading, top.parameters, method, cofiVocabulary) : [];
  const listed = Array.isArray(top.runs) ? (top.runs as unknown[]) : [];
  const runs = listed.map((item, i) =>
    isMapping(item) ? readListedRun(reading, item, `runs[${i}]`, cofiVocabulary) : [],
  );
  checkRequired(reading, parameters, runs, top);
  return { parameters, runs };
}

function assemble(
  raw: z.infer<typeof schema>,
  parameters: readonly SweepParameter[],
  runs: readonly SweepParameter[][],
  reading: Reading,
): CofiSweep | undefined {
  const { model } = raw;
  if (model.source !== 'hub' && model.source !== 'directory') {
    fail(reading, 'model.source', `Upstream loads a model by hub name or from a directory, not ${model.source}`);
    return undefined;
  }
  if (model.labels !== undefined)
    fail(reading, 'model.labels#key', "Upstream takes a teacher's answers in GLUE's order: leave `labels` out");
  return {
    file: reading.file,
    name: raw.name,
    description: raw.description,
    checkout: raw.checkout,
    python: raw.python,
    teacher: typeof raw.teacher === 'string' ? raw.teacher : teachersByTask(reading, raw.teacher),
    model,
    resources: {
      threads: raw.resources.threads,
      slots: raw.resources.slots ?? null,
      runsPerGpu: raw.resources.runs_per_gpu,
    },
    method: raw.method,
    parameters,
    runs,
    runCap: raw.run_cap ?? null,
    randomSeed: raw.random_seed,
    questions: readQuestions(reading, raw, [...parameters, ...runs.flat()]),
    positions: reading.positions,
  };
}

/** Tasks in any common spelling. */
function teachersByTask(reading: Reading, teachers: Readonly<Record<string, string>>): Record<string, string> {
  const known: Record<string, string> = {};
  for (const [spelling, folder] of Object.entries(teachers)) {
    const task = findTask(spelling);
    if (task === undefined) {
      fail(
        reading,
        `teacher.${spelling}#key`,
        `Unknown task ${show(spelling)}.${didYouMean(spelling, ['cola', 'sst2', 'mrpc', 'qqp', 'mnli', 'qnli', 'rte'])}`,
      );
    } else known[task.name] = folder;
  }
  return known;
}

function checkCount(reading: Reading, sweep: CofiSweep): void {
  const count = largestCount(sweep);
  if (count <= maxRuns) return;
  const shown = Number.isFinite(count) ? count.toLocaleString('en') : 'endlessly many';
  const most = maxRuns.toLocaleString('en');
  fail(reading, 'parameters#key', `Expected at most ${most} runs, got ${shown}: give fewer values, or a \`run_cap\``);
}
