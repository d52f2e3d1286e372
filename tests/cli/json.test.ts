import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { jsonShapes } from '../../src/cli/json-shapes.ts';
import { eventually, layersweep, projectDir, type Workplace, workplace } from './cli-fixture.ts';

// Two dozen processes, one after the other.
vi.setConfig({ testTimeout: 600_000 });

type Verb = keyof typeof jsonShapes;

test('each example of the page has the shape of its verb, and each verb has an example', () => {
  const page = readFileSync(join(projectDir, 'docs', 'running.md'), 'utf8');
  const examples = [...page.matchAll(/```json ([\w-]+)\n([\s\S]*?)```/g)];
  for (const [, verb = '', text = ''] of examples) shaped(verb as Verb, text);
  expect(new Set(examples.map(([, verb]) => verb))).toEqual(new Set(Object.keys(jsonShapes)));
});

/** Runs until told; lr 0.5 fails. */
const train = `while [ ! -e "$1/../go" ]; do sleep 0.05; done
[ "$2" = 0.5 ] && { echo "lr is too large" >&2; exit 1; }
echo 'wandb: accuracy 0.5'
`;

test('what each verb prints with --json has its shape, before, while and after a sweep runs', async () => {
  const place = workplace(`name: mine
backend: command
program: train.sh
command: [sh, "\${program}", "\${output_dir}", "\${lr}"]
method: grid
metric: { name: accuracy }
parameters:
  lr: { values: [0.1, 0.5] }
`);
  writeFileSync(join(dirname(place.sweepFile), 'train.sh'), train);
  expect(await json(place, 'plan', [place.sweepFile])).toMatchObject({ missing: ['lr=0.1', 'lr=0.5'] });
  const run = layersweep(place, ['run', place.sweepFile, '--json', '--slots', '1']);
  const stages = join(place.results, 'stages');
  await eventually(() => existsSync(stages) && readdirSync(stages).length > 0).toBe(true);
  await eventually(async () => (await json(place, 'status', ['mine'])) as object).toMatchObject({
    stages: [{ state: 'running' }, { state: 'waiting' }],
    snapshot: {
      counts: { running: 1 },
      devices: expect.arrayContaining([{ label: 'cpu:0', drained: false, runs: 1 }]),
      slots: 1,
      paused: false,
    },
  });
  expect(await json(place, 'logs', [])).toMatchObject([{ label: 'lr=0.1', attempt: 1 }]);
  for (const verb of [['pause'], ['resume'], ['drain', 'cpu:0'], ['undrain', 'cpu:0'], ['slots', '1']]) {
    expect(shaped('stop', (await layersweep(place, [...verb, '--json'])).stdout)).toEqual({
      sweep: 'mine',
      taken: true,
    });
  }
  expect(await json(place, 'retry', ['mine'])).toEqual({ sweep: 'mine', taken: true, stages: [] });
  writeFileSync(join(stages, 'go'), '');
  const failed = [{ label: 'lr=0.5', failure: { kind: 'exit', message: 'lr is too large', exitCode: 1 } }];
  expect(shaped('run', (await run).stdout)).toMatchObject({ exitCode: 1, succeeded: 1, failed });

  expect(await json(place, 'retry', ['mine'])).toMatchObject({ exitCode: 1, failed });
  expect(await json(place, 'plan', [place.sweepFile])).toMatchObject({ kinds: [{ kind: 'command', finished: 1 }] });
  expect(await json(place, 'stop', [])).toEqual({ sweep: 'mine', taken: false });
  expect(await json(place, 'cancel', [])).toEqual({ sweep: 'mine', taken: true, ended: 0, elsewhere: [] });
  expect(await json(place, 'repair', ['mine'])).toMatchObject({ setAside: 0 });
  expect(await json(place, 'repair', ['mine', '--gone', 'box'])).toMatchObject({ sweepReleased: false });

  const file = readFileSync(place.sweepFile, 'utf8');
  writeFileSync(place.sweepFile, file.replace('[0.1, 0.5]', '[0.2]'));
  expect(await json(place, 'why-rerun', ['lr'])).toMatchObject([
    { label: 'lr=0.2', differences: [{ field: 'parameters.lr', after: 0.2 }] },
  ]);
  await layersweep(place, ['run', place.sweepFile]);
  expect(((await json(place, 'gc', [])) as { garbage: unknown[] }).garbage).toHaveLength(2 + 1);
});

async function json(place: Workplace, verb: Verb, args: readonly string[]): Promise<unknown> {
  return shaped(verb, (await layersweep(place, [verb, ...args, '--json'])).stdout);
}

function shaped(verb: Verb, text: string): unknown {
  const value: unknown = JSON.parse(text);
  const { error } = jsonShapes[verb].safeParse(value);
  expect(error?.message, `${verb}: ${text}`).toBeUndefined();
  return value;
}
