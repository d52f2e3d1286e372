import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test, vi } from 'vitest';
import { eventually, isSetUp, layersweep, projectDir, type Workplace, workplace } from '../cli/cli-fixture.ts';
import { makeModel, makeStandIn } from './stand-in.ts';

vi.setConfig({ testTimeout: 300_000 });

type Place = Workplace & { readonly checkout: string };

/** A sweep of the stand-in, which needs torch: so do the stages that read its gates. */
function cofiPlace(parameters: Readonly<Record<string, string>> = {}, top = ''): Place {
  const checkout = makeStandIn();
  onTestFinished(() => rmSync(checkout, { recursive: true, force: true }));
  const python = join(projectDir, '.venv', 'bin', 'python');
  const given = { task: '{ value: RTE }', strategy: '{ value: v4 }', seed: '{ value: 57 }', ...parameters };
  const lines = Object.entries(given).map(([name, body]) => `  ${name}: ${body}`);
  const place = workplace(`name: upstream
backend: cofi
checkout: ${checkout}
python: ${python}
teacher: teachers/\${task}
method: grid
${top}parameters:
  sparsity_epsilon: { value: 0.01 }
${lines.join('\n')}
`);
  makeModel(join(dirname(place.sweepFile), 'teachers', 'rte'));
  return { ...place, checkout, env: { ...place.env, LAYERSWEEP_PYTHON: python } };
}

const run = (place: Place, more: Record<string, string> = {}) =>
  layersweep(place, ['run', place.sweepFile, '--device', 'cpu'], more);

const stagesOf = (place: Place) => readdirSync(join(place.results, 'stages')).filter((name) => !name.startsWith('.'));

function stageDir(place: Place, kind: string): string {
  const name = stagesOf(place).find((one) => one.startsWith(`${kind}-`));
  if (name === undefined) throw new Error(`no ${kind} among ${stagesOf(place).join(', ')}`);
  return join(place.results, 'stages', name);
}

test.runIf(isSetUp)(
  'upstream is pruned, finetuned and read, each strategy in a copy of its own, and the checkout stays as it was',
  async () => {
    const place = cofiPlace({ strategy: '{ values: [none, published/v4] }' });
    const before = readdirSync(place.checkout, { recursive: true }).sort();
    const { all, exitCode } = await run(place);
    expect(exitCode, all).toBe(0);
    expect(readdirSync(place.checkout, { recursive: true }).sort()).toEqual(before);
    expect(readFileSync(join(place.checkout, 'trainer/trainer.py'), 'utf8')).toContain('the method was not replaced');
    expect(readdirSync(join(place.results, 'stages', '.checkouts'))).toHaveLength(2);

    const board = JSON.parse(readFileSync(join(place.results, 'upstream', 'leaderboard.json'), 'utf8'));
    expect(board.rows.map(({ strategy, parity }: { strategy: string; parity: unknown }) => [strategy, parity])).toEqual(
      [
        ['published/v4', '–'],
        ['none', '–'],
      ],
    );
    expect(readFileSync(join(place.results, 'upstream', 'leaderboard.csv'), 'utf8')).toMatch(
      /^rte,published\/v4,4,95,93\.\d+,.*accuracy,82\.2,/m,
    );
    expect(all).toContain('prefinetune-100 in 2 of 2 runs');
    expect(all).toContain('models chosen and reported on the dev set (dev-best)');

    const again = await run(place);
    expect(again.all).toContain('upstream: 6 stages finished');
    expect(again.all).not.toContain('started');

    writeFileSync(place.sweepFile, readFileSync(place.sweepFile, 'utf8').replace('value: 0.01', 'value: 0.02'));
    const why = await layersweep(place, ['why-rerun', 'cofi-prune rte none', place.sweepFile, '--device', 'cpu']);
    expect(why.all).toContain('arguments.sparsity_epsilon: 0.01 → 0.02');
  },
);

test.runIf(isSetUp)('the log becomes events, choices and a result; the gates a structure', async () => {
  const place = cofiPlace();
  const { all, exitCode } = await run(place);
  expect(exitCode, all).toBe(0);
  const prune = stageDir(place, 'cofi-prune');
  const events = readLines(join(prune, 'attempts/1/events.jsonl'));
  expect(events.filter(({ event }) => event === 'progress').at(-1)).toMatchObject({
    phase: 'prune',
    step: 500,
    totalSteps: 500,
  });
  expect(events.find(({ event, step }) => event === 'metrics' && step === 300)?.values).toMatchObject({
    lagrangian: 0.1,
  });
  // The stand-in's student state j is nearest to teacher state j.
  expect(readLines(join(prune, 'choices.jsonl'))).toContainEqual({
    steps: [0],
    drawnLayers: [[2, 5, 8, 11]],
    alignments: [[2, 5, 8, 11]],
  });
  const evaluated = JSON.parse(readFileSync(join(stageDir(place, 'cofi-evaluate'), 'result.json'), 'utf8'));
  expect(evaluated).toMatchObject({
    split: 'dev',
    target: 'reached',
    metrics: { accuracy: 0.822 },
    examples: 277,
    quirks: ['prefinetune-100', 'selected-on-reporting-set'],
    structure: { hiddenSize: 700, parameters: 4330279, attentionLayers: [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1] },
  });
  const main = join(projectDir, 'src', 'cli', 'main.ts');
  const diagnosis = await execa(process.execPath, [main, 'diagnose', join(prune, 'model')], { reject: false });
  expect(diagnosis.stdout).toContain('HIT    prefinetune-100');
  expect(diagnosis.stdout).toContain('hidden dimensions 700');
});

test.runIf(isSetUp)('a sparsity that is never reached ends with the last model, and is marked', async () => {
  const place = cofiPlace();
  const { all, exitCode } = await run(place, { STAND_IN: 'dense' });
  expect(exitCode, all).toBe(0);
  expect(all).toContain('target-not-reached 1/1');
  const request = JSON.parse(readFileSync(join(stageDir(place, 'cofi-prune'), 'result.json'), 'utf8'));
  expect(request).toMatchObject({ model: 'model', target: 'target-not-reached' });
});

test.runIf(isSetUp)('out of memory is told by what upstream printed, and its log holds no secret', async () => {
  const place = cofiPlace();
  const { all, exitCode } = await run(place, { STAND_IN: 'memory', HUB_TOKEN: 'Tried to allocate' });
  expect(exitCode).toBe(1);
  expect(all).toContain('CUDA out of memory');
  expect(readFileSync(join(place.results, 'upstream', 'journal.jsonl'), 'utf8')).toContain('"kind":"out-of-memory"');
  expect(readFileSync(join(stageDir(place, 'cofi-prune'), 'model/log.txt'), 'utf8')).toContain('*** 20.00 MiB');
});

test.runIf(isSetUp)('a killed stage starts anew from its start, without what was left', async () => {
  const place = cofiPlace();
  const running = run(place, { STAND_IN: 'slow' });
  await eventually(() => readEvents(place).some(({ phase, step }) => phase === 'prune' && Number(step) >= 250)).toBe(
    true,
  );
  const claim = JSON.parse(readFileSync(join(stageDir(place, 'cofi-prune'), 'claims/claim-1.json'), 'utf8'));
  writeFileSync(join(stageDir(place, 'cofi-prune'), 'model/left.txt'), 'of the first attempt');
  process.kill(-claim.pid, 'SIGKILL');
  const { all, exitCode } = await running;
  expect(exitCode, all).toBe(0);
  expect(existsSync(join(stageDir(place, 'cofi-prune'), 'model/left.txt'))).toBe(false);
  expect(existsSync(join(stageDir(place, 'cofi-prune'), 'attempts/2'))).toBe(true);
});

function readEvents(place: Place): Record<string, unknown>[] {
  if (!existsSync(join(place.results, 'stages')) || stagesOf(place).length === 0) return [];
  const path = join(stageDir(place, 'cofi-prune'), 'attempts/1/events.jsonl');
  return existsSync(path) ? readLines(path) : [];
}

function readLines(path: string): Record<string, unknown>[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
