import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually, isSetUp, layersweep, tinySweep, type Workplace, workplace } from './cli-fixture.ts';

const untilGo = 'touch "$1/up"; while [ ! -e "$1/../go" ]; do sleep 0.05; done';

async function untilRunning({ results }: Workplace): Promise<void> {
  const stages = join(results, 'stages');
  await eventually(
    () => existsSync(stages) && readdirSync(stages).some((name) => existsSync(join(stages, name, 'up'))),
  ).toBe(true);
}

function letGo({ results }: Workplace): void {
  writeFileSync(join(results, 'stages', 'go'), '');
}

/** Makes a process that runs here look like one on another host. */
function moveElsewhere(file: string): void {
  const identity = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, `${JSON.stringify({ ...identity, host: 'box', bootId: 'of box' })}\n`);
}

async function json(place: Workplace, args: readonly string[]) {
  return JSON.parse((await layersweep(place, [...args, '--json'])).stdout);
}

describe.skipIf(!isSetUp)('verbs', () => {
  test('plan says what would run, then what is there and what the rest costs', async () => {
    const place = workplace();
    const before = await json(place, ['plan', place.sweepFile]);
    expect(before).toMatchObject({ name: 'small', runs: 2 });
    expect(before.missing).toHaveLength(7);
    expect(existsSync(join(place.results, 'small'))).toBe(false);
    await layersweep(place, ['run', place.sweepFile]);
    writeFileSync(place.sweepFile, tinySweep({ strategies: '[none, v4, v3]' }));
    const after = await json(place, ['plan', place.sweepFile]);
    expect(after.missing).toEqual([
      'prune movies v3 k 2 60% seed 1',
      'finetune movies v3 k 2 60% seed 1',
      'evaluate movies v3 k 2 60% seed 1',
    ]);
    expect(after.deviceSeconds).toBeGreaterThan(0);
    expect(after.diskBytes).toBeGreaterThan(0);
  });

  test('status, logs, pause, resume, drain, slots and stop speak with a running sweep', async () => {
    const place = workplace();
    const run = layersweep(place, ['run', place.sweepFile, '--slots', '2'], {
      FAKE_STAGE: `echo hello from "$2"; ${untilGo}`,
    });
    await untilRunning(place);
    // The state is written now and then: the one before the stage started may still be there.
    await eventually(async () => (await json(place, ['status'])).snapshot?.counts).toMatchObject({
      running: 1,
      waiting: 6,
    });
    const status = await json(place, ['status']);
    expect(status.stages.find(({ label }: { label: string }) => label.startsWith('prune')).waitsFor).toBe(
      'teacher movies seed 1',
    );
    for (const which of [[], ['teacher', 'small'], ['--sweep', 'small']])
      expect((await layersweep(place, ['logs', ...which])).all).toBe('teacher movies seed 1 | hello from teacher');
    for (const verb of [
      ['pause'],
      ['resume'],
      ['drain', 'cpu:1'],
      ['undrain', 'cpu:1', 'small'],
      ['slots', '1', 'small'],
      ['slots', '1', '--sweep', 'small'],
      ['stop', 'small'],
    ]) {
      expect(await json(place, verb), verb.join(' ')).toEqual({ sweep: 'small', taken: true });
    }
    expect((await layersweep(place, ['drain', 'cpu:1', 'smal'])).all).toContain('There is no sweep `smal`');
    expect((await layersweep(place, ['slots', '0'])).all).toBe(
      'slots: expected a whole number from 1 up, got 0. To start nothing more: pause',
    );
    letGo(place);
    const { all, exitCode } = await run;
    expect(all).toContain('Ended early: asked to stop');
    expect(exitCode).toBe(1);
    const journal = readFileSync(join(place.results, 'small', 'journal.jsonl'), 'utf8');
    for (const command of ['pause', 'resume', 'drain cpu:1', 'undrain cpu:1', 'slots 1'])
      expect(journal).toContain(`"command":"${command}"`);
  });

  test('a second run of the same sweep is refused with who holds it, and --watch follows it', async () => {
    const place = workplace();
    const run = layersweep(place, ['run', place.sweepFile], { FAKE_STAGE: untilGo });
    await untilRunning(place);
    const refused = await layersweep(place, ['run', place.sweepFile]);
    expect(refused.exitCode).toBe(1);
    expect(refused.all).toMatch(/The sweep `small` is being run already, by process \d+/);
    expect(refused.all).toContain(`npx layersweep run ${place.sweepFile} --watch --results ${place.results}`);
    const watching = layersweep(place, ['run', place.sweepFile, '--watch']);
    let shown = '';
    watching.all.on('data', (chunk) => (shown += String(chunk)));
    await eventually(() => shown).toContain('0 of 7 stages done');
    letGo(place);
    await run;
    expect((await watching).all).toContain('7 of 7 stages finished');
  });

  test('cancel ends stages that run on without their orchestrator', async () => {
    const place = workplace();
    const run = layersweep(place, ['run', place.sweepFile], { FAKE_STAGE: untilGo });
    await untilRunning(place);
    const { pid } = JSON.parse(readFileSync(join(place.results, 'small', 'orchestrators', 'holder-1.json'), 'utf8'));
    process.kill(pid, 'SIGKILL');
    await run;
    expect((await layersweep(place, ['status'])).all).toContain('not being run; 0 of 7 stages finished, 1 running');
    expect(await json(place, ['cancel'])).toEqual({ sweep: 'small', taken: true, ended: 1, elsewhere: [] });
    expect((await layersweep(place, ['status'])).all).toContain('0 running');
  });

  test('gc removes what no sweep refers to, and never follows a link out of the folder', async () => {
    const place = workplace();
    await layersweep(place, ['run', place.sweepFile]);
    const outside = join(place.results, '..', 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'precious'), 'x');
    symlinkSync(outside, join(place.results, 'stages', 'prune-link'));
    writeFileSync(place.sweepFile, tinySweep({ strategies: '[none, v3]' }));
    await layersweep(place, ['run', place.sweepFile]);
    const asked = await layersweep(place, ['gc']);
    expect(asked.all).toContain('Not removed: there is no terminal to ask. Say --yes');
    const { garbage } = await json(place, ['gc', '--yes']);
    expect(garbage).toHaveLength(4);
    expect(readdirSync(join(place.results, 'stages')).filter((name) => name.startsWith('prune'))).toHaveLength(2);
    expect(existsSync(join(outside, 'precious'))).toBe(true);
    expect((await layersweep(place, ['gc'])).all).toContain('Nothing to remove');
  });

  test('why-rerun prints the fields that differ from the nearest stage that was run', async () => {
    const place = workplace();
    await layersweep(place, ['run', place.sweepFile]);
    writeFileSync(place.sweepFile, `${tinySweep()}  prune_learning_rate: { value: 0.5 }\n`);
    const reasons = await json(place, ['why-rerun', 'prune movies none', place.sweepFile]);
    expect(reasons[0].differences).toMatchObject([{ field: 'config.training.learningRate', after: 0.5 }]);
    for (const sweep of [[place.sweepFile], ['small'], []]) {
      expect((await layersweep(place, ['why-rerun', 'teacher', ...sweep])).all).toContain(
        'teacher movies seed 1 (teacher-',
      );
    }
  });

  test('what a host or container held that is gone is let go of when a user says so, and only then', async () => {
    const place = workplace();
    const run = layersweep(place, ['run', place.sweepFile, '--slots', '1'], { FAKE_STAGE: untilGo });
    await untilRunning(place);
    const holderFile = join(place.results, 'small', 'orchestrators', 'holder-1.json');
    const { pid } = JSON.parse(readFileSync(holderFile, 'utf8')) as { pid: number };
    moveElsewhere(holderFile);
    const refused = await layersweep(place, ['run', place.sweepFile]);
    expect(refused.all).toContain(`npx layersweep repair small --gone box --results ${place.results}`);
    expect((await layersweep(place, ['repair', 'small', '--gone', 'box'])).all).toContain('box is not gone');

    const [key = ''] = readdirSync(join(place.results, 'stages')).filter((name) => name.startsWith('teacher-'));
    const claimFile = join(place.results, 'stages', key, 'claims', 'claim-1.json');
    const claim = JSON.parse(readFileSync(claimFile, 'utf8')) as { pid: number };
    for (const victim of [pid, -claim.pid]) process.kill(victim, 'SIGKILL');
    await run;
    moveElsewhere(claimFile);
    expect(await json(place, ['repair', 'small', '--gone', 'another'])).toMatchObject({ sweepReleased: false });
    expect((await layersweep(place, ['run', place.sweepFile])).exitCode).toBe(1);
    expect(await json(place, ['repair', 'small', '--gone', 'box'])).toEqual({
      ...{ sweep: 'small', host: 'box', sweepReleased: true, stagesReleased: [key] },
    });
    expect((await layersweep(place, ['run', place.sweepFile])).all).toContain('7 stages finished');
    expect(readdirSync(join(place.results, 'stages', key, 'claims'))).toHaveLength(2);
  });

  test('cancel says which stages run on another host, and ends none of them', async () => {
    const place = workplace();
    const run = layersweep(place, ['run', place.sweepFile, '--slots', '1'], { FAKE_STAGE: untilGo });
    await untilRunning(place);
    const [key = ''] = readdirSync(join(place.results, 'stages')).filter((name) => name.startsWith('teacher-'));
    const holderFile = join(place.results, 'small', 'orchestrators', 'holder-1.json');
    process.kill((JSON.parse(readFileSync(holderFile, 'utf8')) as { pid: number }).pid, 'SIGKILL');
    await run;
    moveElsewhere(join(place.results, 'stages', key, 'claims', 'claim-1.json'));
    const second = layersweep(place, ['run', place.sweepFile, '--slots', '1']);
    let said = '';
    second.all.on('data', (chunk) => (said += String(chunk)));
    await eventually(() => said).toContain('it runs on box, whose processes cannot be seen from here');
    expect(await json(place, ['cancel'])).toEqual({ sweep: 'small', taken: true });
    expect((await second).all).toContain('0 stages finished, 0 failed, 0 could not run, 7 left');
    expect((await layersweep(place, ['cancel'])).all).toBe(
      'small: ended 0 stages that ran on without it; 1 go on where only the same command there can end them: on box',
    );
    expect(existsSync(join(place.results, 'stages', key, 'result.json'))).toBe(false);
    letGo(place);
    await eventually(() => existsSync(join(place.results, 'stages', key, 'result.json'))).toBe(true);
  });

  test('a damaged journal is refused with the command that repairs it, and results are kept', async () => {
    const place = workplace();
    await layersweep(place, ['run', place.sweepFile]);
    const path = join(place.results, 'small', 'journal.jsonl');
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, [lines[0], '{"torn":', ...lines.slice(2)].join('\n'));
    const refused = await layersweep(place, ['run', place.sweepFile]);
    expect(refused.exitCode).toBe(1);
    expect(refused.all).toContain('journal.jsonl:2: Expected a journal event, found "{\\"torn\\":"');
    expect(refused.all).toContain('npx layersweep repair small');
    await layersweep(place, ['repair', 'small']);
    const again = await layersweep(place, ['run', place.sweepFile]);
    expect(again.all).toContain('small: 7 stages finished');
    expect(again.all).not.toContain('started');
  });

  test('an unknown sweep is answered with the nearest one', async () => {
    const place = workplace();
    await layersweep(place, ['run', place.sweepFile]);
    expect((await layersweep(place, ['status', 'smal'])).all).toContain('There is no sweep `smal`');
    expect((await layersweep(place, ['status', 'smal'])).all).toContain('Did you mean `small`?');
  });
});
