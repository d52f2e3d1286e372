import { z } from 'zod';
import { inFileOrder, type SweepFileError, type SweepFileWarning } from '../errors.ts';
import { largestCount, maxRuns } from '../expand.ts';
import { sweepNameSchema } from '../file-schema.ts';
import { checkMethod, isMapping } from '../parse.ts';
import { fail, parseBy, type Reading, startReading } from '../reading.ts';
import type { SweepParameter } from '../sweep-file.ts';
import { readYamlDocument } from '../yaml-document.ts';
import type { CommandSweep } from './command-sweep.ts';
import { defaultCommand, unknownMacros } from './macros.ts';
import { readFreeParameters, readFreeRun } from './read-free-parameters.ts';

const positiveInteger = z.int().min(1);

const schema = z.strictObject({
  name: sweepNameSchema,
  description: z.string().default(''),
  backend: z.literal('command'),
  program: z.string().min(1).optional(),
  command: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .min(1)
    .optional(),
  version: z.int().min(0).default(0),
  result: z
    .strictObject({
      file: z
        .string()
        .regex(/^(?!\/)(?!.*\.\.)/, 'Expected a path inside the run’s own folder')
        .default('metrics.json'),
    })
    .prefault({}),
  timeout_minutes: z.number().positive().optional(),
  method: z.enum(['grid', 'random', 'list']),
  metric: z.strictObject({ name: z.string().min(1), goal: z.enum(['maximize', 'minimize']).default('maximize') }),
  resources: z
    .strictObject({
      threads: positiveInteger.max(1024).default(1),
      slots: positiveInteger.max(1024).optional(),
      runs_per_gpu: positiveInteger.max(64).default(1),
      gpus_per_run: positiveInteger.max(64).default(1),
      gpu_memory_gb: z.number().positive().optional(),
    })
    .prefault({}),
  run_cap: positiveInteger.optional(),
  random_seed: z.int().min(0).default(0),
  parameters: z.record(z.string(), z.unknown()).optional(),
  runs: z.array(z.record(z.string(), z.unknown())).min(1).optional(),
});

export type ParsedCommandSweep =
  | { readonly ok: true; readonly sweep: CommandSweep; readonly warnings: readonly SweepFileWarning[] }
  | { readonly ok: false; readonly errors: readonly SweepFileError[] };

/** Reads and checks a sweep file of `backend: command`; pure. Every error at once, each with its position. */
export function parseCommandSweep(text: string, file: string): ParsedCommandSweep {
  const document = readYamlDocument(text, file);
  const reading = startReading(document, file);
  if (!isMapping(document.value)) return { ok: false, errors: inFileOrder(reading.errors) };
  const raw = parseBy(reading, schema, document.value, '');
  const { parameters, runs } = readAllParameters(reading, document.value);
  if (raw === undefined || reading.errors.length > 0) return { ok: false, errors: inFileOrder(reading.errors) };
  const sweep = assemble(raw, parameters, runs, reading);
  checkCommand(reading, sweep);
  checkCount(reading, sweep);
  if (reading.errors.length > 0) return { ok: false, errors: inFileOrder(reading.errors) };
  return { ok: true, sweep, warnings: inFileOrder(reading.warnings) };
}

function readAllParameters(
  reading: Reading,
  top: Readonly<Record<string, unknown>>,
): { parameters: SweepParameter[]; runs: SweepParameter[][] } {
  const method = typeof top.method === 'string' ? top.method : 'grid';
  checkMethod(reading, top, method);
  const listed = Array.isArray(top.runs) ? (top.runs as unknown[]) : [];
  return {
    parameters: isMapping(top.parameters) ? readFreeParameters(reading, top.parameters, method) : [],
    runs: listed.map((item, i) => (isMapping(item) ? readFreeRun(reading, item, `runs[${i}]`) : [])),
  };
}

function assemble(
  raw: z.infer<typeof schema>,
  parameters: readonly SweepParameter[],
  runs: readonly SweepParameter[][],
  reading: Reading,
): CommandSweep {
  const { resources } = raw;
  return {
    file: reading.file,
    name: raw.name,
    description: raw.description,
    metric: raw.metric,
    program: raw.program ?? null,
    command: raw.command?.map(String) ?? defaultCommand,
    version: raw.version,
    resultFile: raw.result.file,
    timeoutMinutes: raw.timeout_minutes ?? null,
    resources: {
      threads: resources.threads,
      slots: resources.slots ?? null,
      runsPerGpu: resources.runs_per_gpu,
      gpusPerRun: resources.gpus_per_run,
      gpuMemoryGb: resources.gpu_memory_gb ?? null,
    },
    method: raw.method,
    parameters,
    runs,
    runCap: raw.run_cap ?? null,
    randomSeed: raw.random_seed,
    positions: reading.positions,
  };
}

function checkCommand(reading: Reading, { command, program, parameters, runs }: CommandSweep): void {
  const names = [...parameters, ...runs.flat()].map(({ name }) => name);
  for (const { word, macro, expected } of unknownMacros(command, names)) {
    fail(reading, `command[${command.indexOf(word)}]`, `Unknown macro \${${macro}}. Known: ${expected.join(', ')}`);
  }
  if (program === null && command.some((word) => word.includes('${program}'))) {
    fail(reading, '', 'Missing: `program`, which the command names');
  }
}

function checkCount(reading: Reading, sweep: CommandSweep): void {
  const count = largestCount(sweep);
  if (count > maxRuns) {
    fail(
      reading,
      'parameters#key',
      `These parameters make ${count} runs; at most ${maxRuns} are run: list fewer values, or set \`run_cap\``,
    );
  }
  if (count === 0) fail(reading, 'parameters#key', 'These parameters make no run at all');
}
