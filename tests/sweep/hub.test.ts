import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hubFromEnvironment, type LookUpOptions, lookUpFacts } from '../../src/sweep/index.ts';
import { bertBase, parsed, sweepText } from './context.ts';

import { config, options, problems, root } from './facts-fixture.ts';

describe('the hub', () => {
  const commit = '0123456789abcdef0123456789abcdef01234567';
  let server: Server;
  let hub: LookUpOptions['hub'];
  beforeAll(async () => {
    const answers: Record<string, string> = {
      '/api/models/org/bert/revision/main': JSON.stringify({ sha: commit }),
      [`/org/bert/resolve/${commit}/config.json`]: config({}),
      '/api/datasets/nyu-mll/glue/revision/main': JSON.stringify({ sha: commit }),
      '/api/models/org/strange/revision/main': '<html>',
    };
    server = createServer((request, response) => {
      const body = answers[request.url ?? ''];
      response.writeHead(body === undefined ? 404 : 200).end(body ?? '');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    hub = hubFromEnvironment({ HF_ENDPOINT: `http://127.0.0.1:${port}/`, HF_HOME: join(root, 'hub') });
  });
  afterAll(() => server.close());
  const text = (name: string) => sweepText('', `model: { source: hub, name: ${name} }`).replace('movies', 'rte');
  const withoutPort = async (found: Promise<string>) => (await found).replaceAll(/127\.0\.0\.1:\d+/g, 'HUB');

  test('pins a name to the commit it has now', async () => {
    const facts = await lookUpFacts(parsed(text('org/bert')), { glueDir: null, hub });
    expect(facts.model).toEqual({
      config: { source: 'hub', name: 'org/bert', commit },
      shape: bertBase,
      labels: null,
      classes: null,
      tokenizer: commit,
      vocabulary: null,
    });
    expect(facts.tasks.get('rte')).toEqual({
      source: { kind: 'hub', name: 'nyu-mll/glue', commit },
      fingerprint: commit,
    });
  });

  test('that cannot be asked is named with what to do instead', async () => {
    expect(await withoutPort(problems(text('org/unknown'), { hub }))).toMatchInlineSnapshot(
      `"SweepFileProblems: sweep.yaml:3:8 model: The hub HUB does not know "org/unknown" or this revision of it, or it needs HF_TOKEN"`,
    );
    expect(await withoutPort(problems(text('org/strange'), { hub }))).toMatchInlineSnapshot(
      `"SweepFileProblems: sweep.yaml:3:8 model: The hub HUB answered something unexpected for "org/strange""`,
    );
    expect(await problems(text('org/bert'))).toMatchInlineSnapshot(`
      "SweepFileProblems: sweep.yaml:3:8 model: "org/bert" is not in the local cache ROOT/hub/hub, and HF_HUB_OFFLINE forbids asking the hub: give a directory
      sweep.yaml:5:18 parameters.task.value: "nyu-mll/glue" is not in the local cache ROOT/hub/hub, and HF_HUB_OFFLINE forbids asking the hub: give a directory"
    `);
    const closed = { ...hub, endpoint: 'http://127.0.0.1:1' };
    expect(await problems(text('org/bert'), { hub: closed })).toContain('does not answer');
  });

  test('is not asked where the local cache has the commit', async () => {
    const folder = join(root, 'hub', 'hub', 'models--org--cached');
    mkdirSync(join(folder, 'refs'), { recursive: true });
    mkdirSync(join(folder, 'snapshots', commit), { recursive: true });
    writeFileSync(join(folder, 'refs', 'main'), commit);
    writeFileSync(join(folder, 'snapshots', commit, 'config.json'), config({ num_hidden_layers: 24 }));
    const sweep = parsed(text('org/cached').replace('task: { value: rte }', `task: { value: rte }`));
    await expect(lookUpFacts(sweep, options)).rejects.toThrow('nyu-mll/glue');
    const facts = await lookUpFacts(
      parsed(sweepText('preset: { value: embedded-12 }', 'model: { source: hub, name: org/cached }')),
      options,
    );
    expect(facts.model).toMatchObject({ shape: { layers: 24 }, config: { commit } });
  });
});
