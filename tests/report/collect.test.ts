import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { collectReportData } from '../../src/cli/report-data.ts';
import { sweepResults } from '../../src/cli/sweep-results.ts';
import { toCsv } from '../../src/leaderboard/to-csv.ts';
import { toJson } from '../../src/leaderboard/to-json.ts';
import { toLatex } from '../../src/leaderboard/to-latex.ts';
import { toMarkdown } from '../../src/leaderboard/to-markdown.ts';
import { renderPage } from '../../src/report/page.ts';
import { stageDirOf, sweepPaths } from '../../src/store/paths.ts';
import { sealStage } from '../../src/store/seal.ts';
import type { ResolvedSweep } from '../../src/store/sweep-folder.ts';
import { type FixtureRun, recordAgain, writeResults } from './results-fixture.ts';

const runs: FixtureRun[] = ['none', 'v3', 'v4'].flatMap((strategy, arm) =>
  [1, 2].map((seed) => ({ strategy, seed, score: 0.8 + arm / 100 })),
);
const questions = `questions:
  - name: Does the order matter?
    factor: strategy
    groups: [[v4], [v3]]
`;

let dir: string;
let sweep: ResolvedSweep;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'collect-'));
  sweep = writeResults(dir, runs, { questions });
});

afterEach(() => rmSync(dir, { recursive: true }));

/** A file by another text, or by a folder. */
function replace(path: string, text: string | null): void {
  rmSync(path, { force: true });
  if (text === null) mkdirSync(path);
  else writeFileSync(path, text);
}

const inStage = (key: string, file: string) => join(stageDirOf(dir, key), file);

describe('what a results folder holds', () => {
  test('becomes rows, settings and answers', async () => {
    const { board } = await sweepResults(dir, sweep, { examples: true });
    expect(board.rows.map(({ strategy, scores }) => [strategy, scores.length])).toEqual([
      ['v4', 2],
      ['v3', 2],
      ['none', 2],
    ]);
    expect(board.rows[0]).toMatchObject({
      k: 2,
      majorityClass: 0.5,
      speedup: 2,
      choices: [{ arm: 'v3', share: 0.1, steps: 80 }],
    });
    expect(board.notes).toContain('Model: MiniLM, 6 layers.');
    expect(board.notes).toContain('Training: pruned for 40 steps of batch 32.');
    expect(board.answers[0]?.cells[0]?.examples).toMatchObject({ kind: 'tested', examples: 20 });
  });

  test("says in how many runs upstream's deviations were in effect", async () => {
    const before = await sweepResults(dir, sweep);
    expect(before.board.notes.join()).not.toContain('Deviations');
    const file = inStage('prune-0', 'result.json');
    const deviations = ['best-from-zero', 'sparsity-latched'];
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), deviations }));
    recordAgain(dir, sweep, 'prune-0');
    const { board } = await sweepResults(dir, sweep);
    expect(board.notes.filter((note) => note.startsWith('Deviations'))).toMatchInlineSnapshot(`
      [
        "Deviations as in upstream's trainer (docs/training.md): best-from-zero in 1 of 6 runs, sparsity-latched in 1 of 6 runs.",
      ]
    `);
  });

  test('loses no more than its own runs where a file is half written, foreign, edited or gone', async () => {
    const whole = readFileSync(inStage('evaluate-0', 'result.json'), 'utf8');
    writeFileSync(inStage('evaluate-0', 'result.json'), whole.slice(0, 100));
    writeFileSync(inStage('evaluate-1', 'result.json'), whole);
    recordAgain(dir, sweep, 'evaluate-0');
    recordAgain(dir, sweep, 'evaluate-1');
    rmSync(inStage('evaluate-2', 'result.json'));
    await sealStage(stageDirOf(dir, 'evaluate-3'), 1);
    appendFileSync(inStage('evaluate-3', 'result.json'), ' ');
    writeFileSync(inStage('prune-4', 'choices.jsonl'), 'nothing\n');
    writeFileSync(join(dir, 'stages', 'README'), 'a foreign file');
    const { board, records } = await sweepResults(dir, sweep);
    expect(records.map(({ state }) => state)).toEqual([
      'failed',
      'failed',
      'waiting',
      'failed',
      'finished',
      'finished',
    ]);
    const left = board.notes.filter((note) => note.startsWith('Left out'));
    expect(left).toMatchInlineSnapshot(`
      [
        "Left out: evaluate-0: stages/evaluate-0/result.json is not whole JSON",
        "Left out: evaluate-1: stages/evaluate-1/result.json belongs to evaluate-0",
        "Left out: evaluate-3: changed since it was recorded: stages/evaluate-3/result.json: expected 707 bytes, found 708",
        "Left out: stages/prune-4/choices.jsonl is damaged: which layers were chosen is not known",
      ]
    `);
    expect(records[4]?.prune?.choices).toBeNull();
  });

  test.each([
    ['a folder stands in the place of its result', 'evaluate-0', 'result.json', null],
    [
      'its result has no score',
      'evaluate-0',
      'result.json',
      (text: string) => text.replaceAll('"accuracy":', '"acc":'),
    ],
    [
      'its score is none',
      'evaluate-0',
      'result.json',
      (text: string) => text.replaceAll('"accuracy":0', '"accuracy":7'),
    ],
    ['its result was edited and its seal is lost', 'evaluate-0', 'result.json', '{}'],
    ['a folder stands in the place of its seal', 'evaluate-0', 'seal.json', null],
  ])('loses one run alone where %s', async (_what, key, name, text) => {
    // Other times than the journal has, so that the seal is asked for.
    utimesSync(inStage(key, 'result.json'), 1e9, 1e9);
    const path = inStage(key, name);
    replace(path, typeof text === 'function' ? text(readFileSync(path, 'utf8')) : text);
    if (typeof text === 'function') recordAgain(dir, sweep, key);
    const { records, board } = await sweepResults(dir, sweep);
    expect(records.map(({ state }) => state)).toEqual(['failed', ...Array.from({ length: 5 }, () => 'finished')]);
    expect(board.notes.filter((note) => note.startsWith(`Left out: ${key}:`))).toHaveLength(1);
  });

  test('is whole in a copy that has other times, without weights', async () => {
    for (const key of ['prune-0', 'evaluate-0']) {
      mkdirSync(inStage(key, 'model'));
      writeFileSync(inStage(key, 'model/weights.bin'), 'weights');
      await sealStage(stageDirOf(dir, key), 1);
    }
    const copy = `${dir}-copy`;
    cpSync(dir, copy, { recursive: true, filter: (path) => !path.endsWith('.bin') });
    onTestFinished(() => rmSync(copy, { recursive: true }));
    const { records } = await sweepResults(copy, sweep);
    expect(records.every(({ state }) => state === 'finished')).toBe(true);
  });

  test('keeps a run whose choices, predictions, curves or verdict cannot be read, and says so', async () => {
    replace(inStage('prune-2', 'choices.jsonl'), null);
    replace(inStage('prune-3', 'attempts/1/events.jsonl'), null);
    replace(inStage('prune-4', 'choices.jsonl'), '{"steps":[0],"drawnLayers":[],"alignments":[]}\n');
    replace(inStage('evaluate-2', 'predictions.jsonl'), null);
    const predictions = inStage('evaluate-3', 'predictions.jsonl');
    replace(predictions, readFileSync(predictions, 'utf8').slice(0, 500));
    const others = inStage('evaluate-4', 'predictions.jsonl');
    replace(others, readFileSync(others, 'utf8').replaceAll('[1,0]', '[0,1]'));
    const { board, records } = await sweepResults(dir, sweep, { examples: true });
    expect(records.every(({ state }) => state === 'finished')).toBe(true);
    expect(board.notes.filter((note) => note.startsWith('Left out'))).toMatchInlineSnapshot(`
      [
        "Left out: stages/prune-2/choices.jsonl cannot be read (EISDIR): which layers were chosen is not known",
        "Left out: stages/prune-4/choices.jsonl is damaged: which layers were chosen is not known",
        "Left out: stages/evaluate-2/predictions.jsonl cannot be read (EISDIR): its run is in no test example by example",
        "Left out: stages/evaluate-3/predictions.jsonl: line 14 is no prediction: its run is in no test example by example",
        "Left out: stages/evaluate-4/predictions.jsonl: does not fit the accuracy of its result: its run is in no test example by example",
      ]
    `);
    expect((await collectReportData(dir, sweep, 'none')).curves.length).toBeGreaterThan(0);
  });

  test('is passed on without the name of a machine or a user, and without absolute paths', async () => {
    const failure = {
      kind: 'exit',
      exitCode: 1,
      message: `File "/srv/somebody/my models/train.py", line 3: no ${dir}/stages/prune-5/x.bin on ${hostname()}; see https://example.org/a/b`,
    };
    rmSync(inStage('evaluate-5', 'result.json'));
    const failed = { schemaVersion: 1, atMs: 2e12, event: 'stage-failed', key: 'evaluate-5', attempt: 1, failure };
    appendFileSync(sweepPaths(dir, sweep.name).journal, `${JSON.stringify(failed)}\n`);
    writeFileSync(inStage('evaluate-4', 'result.json'), '{');
    mkdirSync(join(sweepPaths(dir, sweep.name).dir, 'imports'));
    writeFileSync(join(sweepPaths(dir, sweep.name).dir, 'imports', 'odd.json'), '{}');
    const data = await collectReportData(dir, sweep, 'none');
    const { board, records } = await sweepResults(dir, sweep, { examples: true });
    expect(records[5]?.reason).toContain('no stages/prune-5/x.bin on this machine; see https://example.org/a/b');
    expect(records[5]?.reason).not.toContain('/srv');
    const { html } = await renderPage(data, false);
    const host = new RegExp(`\\b${RegExp.escape(hostname())}\\b`);
    for (const text of [toCsv(board), toMarkdown(board), toLatex(board), toJson(board), JSON.stringify(data)]) {
      for (const told of [dir, '/srv/', 'somebody', process.cwd()]) expect(text).not.toContain(told);
      expect(text).not.toMatch(host);
    }
    for (const told of [dir, '/srv/', 'somebody', process.cwd()]) expect(html).not.toContain(told);
  });

  test('marks runs whose batches were divided where memory ran out', async () => {
    const attempts = inStage('prune-4', 'attempts');
    const request = readFileSync(join(attempts, '1', 'request.json'), 'utf8');
    mkdirSync(join(attempts, '3'));
    writeFileSync(
      join(attempts, '3', 'request.json'),
      request.replace('"accumulationSteps":1', '"accumulationSteps":4').replace('"attempt":1', '"attempt":3'),
    );
    mkdirSync(join(attempts, '2'));
    await sealStage(stageDirOf(dir, 'prune-4'), 3);
    const { board, records } = await sweepResults(dir, sweep);
    expect(records.map(({ provenance }) => provenance?.accumulationFactor)).toEqual([1, 1, 1, 1, 4, 1]);
    expect(board.rows.map(({ strategy, marks }) => `${strategy}: ${marks.join('; ')}`)).toContain(
      'v4: divided batches 1/2',
    );
    expect(board.notes.join()).toContain('"divided batches": memory ran out');
  });

  test('is read again where a result changes', async () => {
    await sweepResults(dir, sweep);
    const path = inStage('evaluate-5', 'result.json');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('0.82', '0.9'));
    recordAgain(dir, sweep, 'evaluate-5');
    const { records } = await sweepResults(dir, sweep);
    expect(records[5]?.outcome?.score).toBeCloseTo(0.9, 9);
  });

  test('gives learning curves and a timeline, torn lines passed over', async () => {
    appendFileSync(inStage('prune-0', 'attempts/1/events.jsonl'), '{"schemaVersion":1,"event":"metrics","st');
    const data = await collectReportData(dir, sweep, 'none');
    const curve = data.curves.find(({ run, stage, name }) => run === 0 && stage === 'prune' && name === 'loss');
    expect(curve).toMatchObject({ steps: [0, 10, 20, 30, 40], values: [1, 0.5, 0.33333, 0.25, 0.2] });
    expect(data.timeline).toHaveLength(14);
    expect(data.timeline[0]).toMatchObject({ stage: 'teacher', device: 'cpu-0', state: 'finished' });
  });

  test('is shown without the damaged lines of its journal, and says so', async () => {
    const path = sweepPaths(dir, sweep.name).journal;
    writeFileSync(path, `nonsense\n${readFileSync(path, 'utf8')}`);
    const { board } = await sweepResults(dir, sweep);
    expect(board.rows).toHaveLength(3);
    expect(board.notes).toContain(
      'Left out: 1 of the 30 lines of fixture/journal.jsonl are damaged: failures and times may be missing. Mend: npx layersweep repair fixture',
    );
  });

  test('is shown without a journal that cannot be read, and says so', async () => {
    replace(sweepPaths(dir, sweep.name).journal, null);
    const { board } = await sweepResults(dir, sweep);
    expect(board.rows).toHaveLength(3);
    expect(board.notes).toContain(
      'Left out: fixture/journal.jsonl cannot be read (EISDIR): failures and times are missing',
    );
  });

  test('is shown where a kept verdict on parity is damaged', async () => {
    const file = inStage('prune-2', 'result.json');
    const probes = ['probes/step-000000.safetensors'];
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), probes }));
    recordAgain(dir, sweep, 'prune-2');
    writeFileSync(inStage('prune-2', 'parity.json'), '{"schemaVersion":1,"verd');
    const { board } = await sweepResults(dir, sweep);
    expect(board.rows.find(({ strategy }) => strategy === 'v3')?.parity.details.join()).toContain(
      'stages/prune-2/parity.json is damaged: remove it',
    );
  });
});
