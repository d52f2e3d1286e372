import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSetUp, layersweep, tinySweep, workplace } from './cli-fixture.ts';

test.skipIf(!isSetUp)('TensorBoard shows the stages of a sweep by name', async () => {
  const place = workplace(tinySweep({ strategies: '[none, by-task]' }));
  await layersweep(place, ['run', place.sweepFile, '--quiet']);
  const dir = join(place.results, 'small', 'tensorboard');
  const names = readdirSync(dir).sort();
  expect(names).toEqual([
    'finetune movies by-task k 2 60% seed 1',
    'finetune movies none 60% seed 1',
    'prune movies by-task k 2 60% seed 1',
    'prune movies none 60% seed 1',
    'teacher movies seed 1',
  ]);
  for (const name of names) {
    const [kind] = name.split(' ');
    expect(readlinkSync(join(dir, name))).toMatch(new RegExp(`^\\.\\./\\.\\./stages/${kind}-[0-9a-f]+/tensorboard$`));
  }
  // The same command again finds them there.
  expect((await layersweep(place, ['run', place.sweepFile])).exitCode).toBe(0);
  expect(readdirSync(dir)).toHaveLength(5);
});
