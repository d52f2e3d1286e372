import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually, isSetUp, layersweep, tinySweep, workplace } from './cli-fixture.ts';

function claims(results: string): number {
  const stages = join(results, 'stages');
  const dirs = readdirSync(stages).filter((name) => existsSync(join(stages, name, 'claims')));
  return dirs
    .flatMap((name) => readdirSync(join(stages, name, 'claims')))
    .filter((name) => /^claim-\d+\.json$/.test(name)).length;
}

describe.skipIf(!isSetUp)('run', () => {
  test('a sweep runs to its leaderboard, and the same command again starts nothing', async () => {
    const place = workplace();
    const first = await layersweep(place, ['run', place.sweepFile]);
    expect(first.all).toContain('small: 7 stages finished, 0 failed, 0 could not run, 0 left');
    expect(first.exitCode).toBe(0);
    expect(readFileSync(join(place.results, 'small', 'leaderboard.csv'), 'utf8')).toContain('v4');
    const again = await layersweep(place, ['run', place.sweepFile]);
    expect(again.all).toContain('small: 7 stages finished');
    expect(again.all).not.toContain('started');
    expect(claims(place.results)).toBe(7);
  });

  test('a changed sweep file runs only what is new, and says so first', async () => {
    const place = workplace();
    await layersweep(place, ['run', place.sweepFile]);
    writeFileSync(place.sweepFile, tinySweep({ strategies: '[none, v4, v3]' }));
    const { all } = await layersweep(place, ['run', place.sweepFile]);
    expect(all).toContain('The sweep file has changed since the last run: 1 runs more, 0 fewer; 7 stages are kept');
    expect(claims(place.results)).toBe(10);
  });

  test("another sweep's results folder of the same name is refused", async () => {
    const place = workplace();
    await layersweep(place, ['run', place.sweepFile]);
    const other = join(place.results, '..', 'other.yaml');
    writeFileSync(other, tinySweep({ strategies: '[v3]' }));
    const { all, exitCode } = await layersweep(place, ['run', other]);
    expect(exitCode).toBe(1);
    expect(all).toContain('The results folder of `small` was written by another sweep of the same name');
    expect(all).not.toContain('    at ');
  });

  test('a sweep file that is no UTF-8 text, or none, is refused in one line', async () => {
    const place = workplace();
    const text = readFileSync(place.sweepFile, 'utf8');
    const contents = [
      Buffer.from(`\uFEFF${text}`, 'utf16le'),
      Buffer.from(text, 'utf16le'),
      Buffer.from(`${text}description: Caf\xe9\n`, 'latin1'),
    ];
    const said: string[] = [];
    for (const content of contents) {
      writeFileSync(place.sweepFile, content);
      said.push((await layersweep(place, ['plan', place.sweepFile])).all);
    }
    said.push((await layersweep(place, ['plan', join(place.sweepFile, 'x.yaml')])).all);
    expect(said.join('\n').replaceAll(join(place.sweepFile, '..'), 'DIR')).toMatchInlineSnapshot(`
      "DIR/sweep.yaml: expected UTF-8 text, found UTF-16: save it as UTF-8
      DIR/sweep.yaml: expected UTF-8 text, found bytes that are zero, as in UTF-16 or in a file that is no text: save it as UTF-8
      DIR/sweep.yaml, line 11: expected UTF-8 text, found byte 0xe9 at position 17: save it as UTF-8
      DIR/sweep.yaml/x.yaml: expected a sweep file, found nothing there. Those that come along are in sweeps/"
    `);
  });

  test('a failed stage makes the exit code 1, is said once with the path of its log, and retry mends it', async () => {
    const place = workplace();
    const broken = `if [ "$2" = finetune ]; then echo "the gates are stuck" >&2; exit 64; fi`;
    const { all, exitCode } = await layersweep(place, ['run', place.sweepFile], { FAKE_STAGE: broken });
    expect(exitCode).toBe(1);
    expect(all).toContain('(bad-request): the gates are stuck');
    expect(all).not.toContain('| the gates are stuck');
    expect(all).toMatch(/log: .*stderr\.log/);
    expect(all).toContain('Try them again: npx layersweep retry small --failed');
    expect((await layersweep(place, ['run', place.sweepFile])).all).toContain('failed earlier');
    const retried = await layersweep(place, ['retry', 'small', '--failed']);
    expect(retried.all).toContain('small: 7 stages finished, 0 failed');
    expect(retried.exitCode).toBe(0);
  });

  test('retry runs the sweep as it was run: with its GLUE directory and its device', async () => {
    const place = workplace(tinySweep().replace('value: movies', 'value: rte'));
    const glue = join(place.results, '..', 'glue');
    mkdirSync(join(glue, 'RTE'), { recursive: true });
    for (const name of ['train.tsv', 'dev.tsv']) {
      const rows = '0\tIt rained.\tyes\tentailment\n'.repeat(2500);
      writeFileSync(join(glue, 'RTE', name), `index\tsentence1\tsentence2\tlabel\n${rows}`);
    }
    const asked = ['run', place.sweepFile, '--glue-dir', glue, '--device', 'cpu'];
    expect((await layersweep(place, asked, { FAKE_STAGE: '[ "$2" != finetune ]' })).all).toContain('2 failed');
    const retried = await layersweep(place, ['retry', 'small']);
    expect(retried.all).toContain('small: 7 stages finished, 0 failed');
    expect(claims(place.results)).toBe(9);
    appendFileSync(join(glue, 'RTE', 'dev.tsv'), '0\tIt snowed.\tno\tnot_entailment\n');
    const { all } = await layersweep(place, asked);
    expect(all).toMatch(
      /^The sweep file is as it was; options, data, the model or layersweep itself have changed: \d stages are kept, \d/,
    );
  });

  test('the first Ctrl-C finishes what runs, the second ends it, and the next run goes on', async () => {
    const place = workplace();
    const slow = 'touch "$1/up"; while [ ! -e "$1/../go" ]; do sleep 0.05; done';
    const run = layersweep(place, ['run', place.sweepFile, '--slots', '1'], { FAKE_STAGE: slow });
    const stages = join(place.results, 'stages');
    await eventually(
      () => existsSync(stages) && readdirSync(stages).some((name) => existsSync(join(stages, name, 'up'))),
    ).toBe(true);
    const { pid } = JSON.parse(
      readFileSync(join(place.results, 'small', 'orchestrators', 'holder-1.json'), 'utf8'),
    ) as { pid: number };
    process.kill(pid, 'SIGINT');
    await eventually(() => layersweepStatus(place.results)).toContain('interrupted');
    process.kill(pid, 'SIGINT');
    const { all, exitCode } = await run;
    expect(exitCode).toBe(130);
    expect(all).toContain('Ctrl-C again ends it');
    expect(all).toContain('The same command again goes on from here.');
    writeFileSync(join(stages, 'go'), '');
    expect((await layersweep(place, ['run', place.sweepFile], { FAKE_STAGE: slow })).all).toContain(
      '7 stages finished',
    );
  });

  test('a missing Python environment is one sentence with the command that mends it', async () => {
    const place = workplace();
    const { all, exitCode } = await layersweep(place, ['run', place.sweepFile], {
      LAYERSWEEP_PYTHON: '/nowhere/python',
    });
    expect(exitCode).toBe(1);
    expect(all).toBe(
      'LAYERSWEEP_PYTHON: expected an interpreter, found nothing at /nowhere/python. Mend it, or unset it',
    );
  });
});

function layersweepStatus(results: string): string {
  const path = join(results, 'small', 'status.json');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
