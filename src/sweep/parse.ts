import { findProblems } from './check-runs.ts';
import { inFileOrder, type SweepFileError, type SweepFileWarning } from './errors.ts';
import { type RawSweepFile, refusedKeys, sweepFileSchema } from './file-schema.ts';
import { statedShapes } from './model-shape.ts';
import { readListedRun, readParameters } from './read-parameters.ts';
import { readQuestions } from './read-questions.ts';
import { fail, parseBy, type Reading, show, startReading } from './reading.ts';
import type { ModelSpec, SweepFile, SweepParameter } from './sweep-file.ts';
import { readYamlDocument } from './yaml-document.ts';

export type ParsedSweepFile =
  | { readonly ok: true; readonly sweep: SweepFile; readonly warnings: readonly SweepFileWarning[] }
  | { readonly ok: false; readonly errors: readonly SweepFileError[] };

/** Reads and checks a sweep file; pure. Every error of the file is reported at once, each with its position. */
export function parseSweepFile(text: string, fileName: string): ParsedSweepFile {
  const document = readYamlDocument(text, fileName);
  const reading = startReading(document, fileName);
  const refused = () => ({ ok: false as const, errors: withoutConsequences(reading.errors, document.errors) });
  if (document.value === undefined) return refused();
  const { raw, parameters, runs } = readTopLevel(reading, document.value);
  if (raw === undefined || reading.errors.length > 0) return refused();
  const sweep = assemble(raw, parameters, runs, reading);
  if (reading.errors.length > 0) return refused();
  const problems = findProblems(sweep, {
    ...statedShapes(sweep),
    device: null,
    gpuMemoryMiB: null,
    missingCompiler: null,
  });
  if (problems.length > 0) return { ok: false, errors: inFileOrder(problems) };
  return { ok: true, sweep, warnings: inFileOrder(reading.warnings) };
}

type TopLevel = { raw: RawSweepFile | undefined; parameters: SweepParameter[]; runs: SweepParameter[][] };

/** Reads `parameters` and `runs` even where something else is wrong, so that all errors are seen at once. */
function readTopLevel(reading: Reading, value: unknown): TopLevel {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    fail(reading, '', `Expected a mapping with \`name\`, \`method\` and \`parameters\`, got ${show(value)}`);
    return { raw: undefined, parameters: [], runs: [] };
  }
  const top = { ...value } as Record<string, unknown>;
  for (const [key, message] of Object.entries(refusedKeys)) {
    if (!(key in top)) continue;
    fail(reading, `${key}#key`, message);
    delete top[key];
  }
  refuseLater(reading, top);
  const raw = parseBy(reading, sweepFileSchema, top, '');
  const method = typeof top.method === 'string' ? top.method : 'grid';
  const parameters = isMapping(top.parameters) ? readParameters(reading, top.parameters, method) : [];
  const listed = Array.isArray(top.runs) ? top.runs : [];
  const runs = listed.map((item, i) => (isMapping(item) ? readListedRun(reading, item, `runs[${i}]`) : []));
  checkMethod(reading, top, method);
  checkRequired(reading, parameters, runs, top);
  return { raw, parameters, runs };
}

/** A value that is known, but not built: better said than called unknown. */
function refuseLater(reading: Reading, top: Record<string, unknown>): void {
  if (top.method !== 'bayes') return;
  fail(reading, 'method', '"bayes" is not built yet: take grid, random or list');
  top.method = 'grid';
}

export function checkMethod(reading: Reading, top: Readonly<Record<string, unknown>>, method: string): void {
  if (method === 'random' && top.run_cap === undefined)
    fail(reading, 'method', 'random needs `run_cap`, the number of runs');
  if (method === 'list' && top.runs === undefined) fail(reading, 'method', 'list needs `runs`, a list of mappings');
  if (method !== 'list' && top.runs !== undefined) fail(reading, 'runs#key', '`runs` needs `method: list`');
  if (method !== 'random' && top.random_seed !== undefined)
    fail(reading, 'random_seed#key', '`random_seed` needs `method: random`');
  if (method !== 'list' && top.parameters === undefined) fail(reading, '', 'Missing: `parameters`');
}

export function checkRequired(
  reading: Reading,
  parameters: readonly SweepParameter[],
  runs: readonly SweepParameter[][],
  top: Readonly<Record<string, unknown>>,
): void {
  for (const name of ['task', 'strategy']) {
    const written = isMapping(top.parameters) && name in top.parameters;
    const conditional = parameters.find((one) => one.name === name)?.when.length ?? 0;
    if (conditional > 0)
      fail(reading, `parameters.${name}.when`, `Every run needs a ${name}: it cannot depend on a condition`);
    if (written || (!isMapping(top.parameters) && runs.length === 0)) continue;
    if (runs.length === 0) fail(reading, 'parameters#key', `Missing parameter: ${name}`);
    for (const [i, run] of runs.entries()) {
      const item: unknown = Array.isArray(top.runs) ? top.runs[i] : undefined;
      const known = run.some((one) => one.name === name) || !isMapping(item) || name in item;
      if (!known) fail(reading, `runs[${i}]`, `Missing parameter: ${name}`);
    }
  }
}

function assemble(
  raw: RawSweepFile,
  parameters: readonly SweepParameter[],
  runs: readonly SweepParameter[][],
  reading: Reading,
): SweepFile {
  const { resources, data } = raw;
  return {
    file: reading.file,
    name: raw.name,
    description: raw.description,
    method: raw.method,
    metric: raw.metric,
    model: modelSpec(raw.model),
    teacher: raw.teacher === undefined ? null : modelSpec(raw.teacher),
    data: { source: data.source ?? null, path: data.path ?? null, split: data.split ?? 'heldout-train' },
    backend: raw.backend,
    resources: {
      threads: resources.threads,
      slots: resources.slots ?? null,
      runsPerGpu: resources.runs_per_gpu,
      gpusPerRun: resources.gpus_per_run,
      gpuMemoryGb: resources.gpu_memory_gb ?? null,
      checkpointEverySteps: resources.checkpoint_every_steps,
    },
    runCap: raw.run_cap ?? null,
    randomSeed: raw.random_seed,
    parameters,
    runs,
    questions: readQuestions(reading, raw, [...parameters, ...runs.flat()]),
    positions: reading.positions,
  };
}

function modelSpec(raw: RawSweepFile['model']): ModelSpec {
  if (raw.source !== 'random') return raw;
  const { hidden_size: hiddenSize, intermediate_size: intermediateSize, ...rest } = raw;
  return { ...rest, hiddenSize, intermediateSize };
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Each error once, and none about a value that the YAML itself left open. */
function withoutConsequences(
  errors: readonly SweepFileError[],
  ofDocument: readonly SweepFileError[],
): SweepFileError[] {
  const place = ({ line, column }: SweepFileError) => `${line}:${column}`;
  const causes = new Set(ofDocument);
  const open = new Set(ofDocument.map(place));
  const first = errors.filter((error) => causes.has(error) || !open.has(place(error)));
  const seen = new Map(first.map((error) => [`${place(error)} ${error.message}`, error]));
  return inFileOrder([...seen.values()]);
}
