import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readJournal } from '../src/store/journal.ts';
import { secretsIn } from '../src/store/secrets.ts';
import { endMeasured, measureNode, median, pace, type Times } from './bench-sweep/measure.ts';

/**
 * `npm run bench:sweep [-- --runs N --rounds N]`: what the engine costs a run, as a ratio to bare execa and p-queue doing
 * the same in the same minutes; needs a C compiler, and 0.6 GB of disk a round until it ends: ext4 searches past every
 * file that was removed in the last five minutes before it creates one, so nothing is removed between rounds.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    planned: { type: 'string', default: '100000' },
  },
});
const runs = Number(values.runs);
const rounds = Number(values.rounds);
const planned = Number(values.planned);
const concurrency = 2;
const parent = mkdtempSync(join(tmpdir(), 'layersweep-bench-'));
const program = join(parent, 'noop');
const main = join(import.meta.dirname, '../src/cli/main.ts');
/** Without secrets, which put a process between each stage and its logs. */
const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter((entry) => secretsIn(Object.fromEntries([entry])).length === 0),
  ),
  CUDA_VISIBLE_DEVICES: '',
  LAYERSWEEP_LEASE_DIR: `/dev/shm/layersweep-bench-${process.pid}`,
};

const results: Round[] = [];
// Cut short, by `timeout` with two signals, it ends with what the rounds so far have shown: its child ends too, and the round with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, endMeasured);

try {
  execFileSync('cc', ['-O1', '-o', program, join(import.meta.dirname, 'bench-sweep/noop.c')]);
  const planFile = writeSweep(parent, 'large', planned);
  const { seconds: planSeconds } = await cli(['plan', planFile, '--json', '--results', join(parent, 'none')]);
  console.log(`${planned} runs planned in ${planSeconds.toFixed(2)} s; ${rounds} rounds of ${runs} runs follow`);
  try {
    for (let round = 0; round < rounds; round += 1) {
      const startedMs = performance.now();
      const dir = join(parent, String(round));
      const result = await runRound(dir);
      results.push(result);
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
      console.log(`round ${round + 1} of ${rounds}, ${seconds} s: ${describe(result)}`);
    }
  } finally {
    if (results.length > 0) report(results, planSeconds);
  }
} finally {
  rmSync(parent, { recursive: true, force: true });
  rmSync(env.LAYERSWEEP_LEASE_DIR, { recursive: true, force: true });
}

type Round = {
  readonly ratio: number;
  readonly msPerRun: number;
  readonly drift: number;
  readonly memoryRatio: number;
  readonly planSeconds: number;
  readonly resumeSeconds: number;
  readonly idleMs: number;
};

async function runRound(dir: string): Promise<Round> {
  const results = join(dir, 'results');
  settleDisk();
  const bare = await measureNode([
    join(import.meta.dirname, 'bench-sweep/bare-loop.ts'),
    program,
    join(dir, 'bare'),
    String(runs),
    String(concurrency),
  ]);
  const file = writeSweep(dir, 'noop', runs);
  settleDisk();
  const engine = await cli(['run', file, '--quiet', '--slots', String(concurrency), '--results', results]);
  const bareTimes = timesIn(join(dir, 'bare'), (name) => name);
  const engineTimes = timesIn(join(results, 'stages'), (name) => join(name, 'metrics.json'));
  const plan = await cli(['plan', file, '--results', results]);
  const resume = await cli(['run', file, '--quiet', '--slots', String(concurrency), '--results', results]);
  return {
    ratio: engine.seconds / bare.seconds,
    msPerRun: (engine.seconds * 1000) / runs,
    drift: driftOf([...engineTimes.values()]) / driftOf([...bareTimes.values()]),
    memoryRatio: engine.peakMiB / bare.peakMiB,
    planSeconds: plan.seconds,
    resumeSeconds: resume.seconds,
    idleMs: idleBetween(join(results, 'noop', 'journal.jsonl'), engineTimes),
  };
}

function cli(args: readonly string[]): ReturnType<typeof measureNode> {
  return measureNode(['--disable-warning=ExperimentalWarning', main, ...args], env);
}

/** What one measurement left to be written would be paid for by the next. */
function settleDisk(): void {
  execFileSync('sync');
}

function writeSweep(dir: string, name: string, count: number): string {
  const file = join(dir, `${name}.yaml`);
  const width = 100;
  const list = (length: number): string => JSON.stringify(Array.from({ length }, (_, i) => i));
  writeFileSync(
    file,
    `name: ${name}
backend: command
program: ${program}
command: ["\${program}", "\${output_dir}/metrics.json"]
method: grid
metric: { name: score }
parameters:
  a: { values: ${list(Math.ceil(count / width))} }
  b: { values: ${list(Math.min(count, width))} }
`,
  );
  return file;
}

function timesIn(folder: string, fileOf: (name: string) => string): Map<string, Times> {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  return new Map(names.map((name) => [name, JSON.parse(readFileSync(join(folder, fileOf(name)), 'utf8')) as Times]));
}

/** The last tenth's pace over the first tenth's. */
function driftOf(times: readonly Times[]): number {
  const tenth = Math.max(2, Math.floor(times.length / 10));
  return pace(times, times.length - tenth, times.length) / pace(times, 0, tenth);
}

/** From the end of one run's process to the start of the next one's on the same device, in the median. */
function idleBetween(journal: string, times: ReadonlyMap<string, Times>): number {
  const perDevice = new Map<string, Times[]>();
  for (const event of readJournal(journal)) {
    const time = event.event === 'stage-started' ? times.get(event.key) : undefined;
    const device = event.event === 'stage-started' ? event.devices[0] : undefined;
    if (time && device !== undefined) perDevice.set(device, [...(perDevice.get(device) ?? []), time]);
  }
  const gaps = [...perDevice.values()].flatMap((runsOnIt) => {
    const ordered = runsOnIt.toSorted((a, b) => a.startMs - b.startMs);
    return ordered.slice(1).map(({ startMs }, i) => startMs - (ordered[i]?.endMs ?? startMs));
  });
  return median(gaps);
}

function describe(round: Round): string {
  return Object.entries(round)
    .map(([name, value]) => `${name} ${value.toFixed(2)}`)
    .join(', ');
}

function report(results: readonly Round[], planLargeSeconds: number): void {
  const of = (name: keyof Round): number => median(results.map((round) => round[name]));
  const lines: [what: string, value: number, limit: number][] = [
    ['time a run over bare execa + p-queue', of('ratio'), 2],
    ['last tenth over first tenth, over the same of the bare loop', of('drift'), 1.1],
    ['peak memory over the bare loop', of('memoryRatio'), 1.5],
    [`seconds to plan ${runs} finished runs`, of('planSeconds'), 2],
    [`seconds to resume ${runs} finished runs`, of('resumeSeconds'), 2],
    ['milliseconds that a device is idle between two runs', of('idleMs'), 50],
    [`seconds to plan ${planned} runs`, planLargeSeconds, 20],
  ];
  console.log(`median of ${results.length} rounds of ${runs} runs, ${concurrency} at a time:`);
  for (const [what, value, limit] of lines) {
    console.log(`${value <= limit ? 'ok  ' : 'OVER'} ${what}: ${value.toFixed(2)} (at most ${limit})`);
  }
}
