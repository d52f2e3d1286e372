import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually, isSetUp, layersweep, workplace } from './cli-fixture.ts';

const untilGo = 'touch "$1/up"; while [ ! -e "$1/../go" ]; do sleep 0.05; done';

test.skipIf(!isSetUp)('run --serve shows the page while the sweep runs, and ends with it', async () => {
  const place = workplace();
  const running = layersweep(place, ['run', place.sweepFile, '--serve', '--port', '0'], { FAKE_STAGE: untilGo });
  let printed = '';
  running.all.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const url = () => /http:\/\/127\.0\.0\.1:\d+\//.exec(printed)?.[0];
  await eventually(url).toBeDefined();
  const stages = join(place.results, 'stages');
  await eventually(() => existsSync(stages) && readdirSync(stages).length > 0).toBe(true);
  const page = await fetch(url() ?? '');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await (await fetch(`${url()}data.json`)).json()).toMatchObject({
    name: 'small',
    running: true,
    counts: { runs: 2, finished: 0 },
  });
  writeFileSync(join(stages, 'go'), '');
  const { exitCode } = await running;
  expect(exitCode).toBe(0);
  await eventually(() =>
    fetch(url() ?? '').then(
      () => 'answers',
      () => 'gone',
    ),
  ).toBe('gone');
});

test.skipIf(!isSetUp)('run --serve runs the sweep all the same where the port is taken', async () => {
  const place = workplace();
  const held = await import('node:net').then(({ createServer }) => createServer().listen(0, '127.0.0.1'));
  await new Promise((resolve) => held.once('listening', resolve));
  const { port } = held.address() as { port: number };
  const { exitCode, all } = await layersweep(place, ['run', place.sweepFile, '--serve', '--port', `${port}`], {
    FAKE_STAGE: 'sleep 2',
  });
  held.close();
  expect(all).toContain(`Port ${port} is in use already`);
  expect(exitCode).toBe(0);
});
