import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { serveSweep } from '../../src/cli/serve-report.ts';
import type { ReportServer } from '../../src/report/serve.ts';
import { chromiumPath, launch, open } from './browser.ts';
import { type FixtureRun, recordAgain, writeResults, writeStage } from './results-fixture.ts';

const runs: FixtureRun[] = [
  { strategy: 'none', seed: 1, score: 0.8 },
  { strategy: 'v4', seed: 1, score: null },
];

let dir: string;
let server: ReportServer;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'serve-'));
  writeResults(dir, runs);
  server = await serveSweep(dir, 'fixture', { port: 0 });
});

afterEach(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});

/** What the server answers to a request as a stranger may send it. */
function ask(
  path: string,
  options: { host?: string; method?: string; site?: string } = {},
): Promise<{ status: number; body: string; headers: object }> {
  const { port } = new URL(server.url);
  const headers = {
    Host: options.host ?? `127.0.0.1:${port}`,
    ...(options.site ? { 'Sec-Fetch-Site': options.site } : {}),
  };
  return new Promise((resolve, reject) => {
    const asked = request({ port, host: '127.0.0.1', path, method: options.method ?? 'GET', headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    });
    asked.on('error', reject).end();
  });
}

function finishRun(score: number): void {
  for (const [key, stage] of [
    ['prune-1', 'prune'],
    ['evaluate-1', 'evaluate'],
  ] as const) {
    writeStage(dir, key, stage, { strategy: 'v4', seed: 1, score });
    recordAgain(dir, { name: 'fixture' }, key);
  }
}

describe('the server of a report', () => {
  test('serves the page and its data, with a strict content policy', async () => {
    const page = await ask('/');
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'sha256-[^']+';.*frame-ancestors 'none'$/,
      ),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    const data = JSON.parse((await ask('/data.json')).body) as { counts: object };
    expect(data.counts).toEqual({ runs: 2, finished: 1, failed: 0, waiting: 1 });
  });

  test('refuses foreign hosts, other sites, writing, and any other path', async () => {
    expect((await ask('/', { host: 'evil.example' })).status).toBe(403);
    expect((await ask('/data.json', { host: 'evil.example:80' })).status).toBe(403);
    expect((await ask('/data.json', { site: 'cross-site' })).status).toBe(403);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect((await ask('/', { method })).status).toBe(405);
    for (const path of [
      '/../../etc/passwd',
      '/..%2f..%2fetc/passwd',
      '//etc/passwd',
      '/sweep.json',
      '//',
      'http://[',
    ]) {
      expect((await ask(path)).status).toBe(404);
    }
  });

  test('says which port is taken', async () => {
    const port = Number(new URL(server.url).port);
    await expect(serveSweep(dir, 'fixture', { port })).rejects.toThrow(
      `Port ${port} is in use already, perhaps by another \`--serve\`. Choose another: --port ${port + 1}`,
    );
  });
});

async function waitForStatus(page: Page, text: string): Promise<void> {
  await page.locator('#status', { hasText: text }).waitFor();
}

describe.skipIf(chromiumPath === undefined)('a live page in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser.close());

  test('receives a result without being loaded again, and finds a restarted server', async () => {
    const { page, problems } = await open(browser, server.url);
    const lead = page.locator('#leaderboard .lead');
    await waitForStatus(page, 'live');
    expect(await lead.innerText()).toContain('1 of 2 runs finished');
    finishRun(0.85);
    await page.getByText('2 of 2 runs finished').waitFor();
    expect(await page.locator('#scores [aria-label="v4, seed 1: 85.00"]').count()).toBeGreaterThan(0);
    expect(problems).toEqual([]);

    const port = Number(new URL(server.url).port);
    await server.close();
    await waitForStatus(page, 'not connected');
    server = await serveSweep(dir, 'fixture', { port });
    await waitForStatus(page, 'live');
    await page.close();
  });
});
