import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildLeaderboard } from '../../src/leaderboard/build.ts';
import { buildReportData } from '../../src/report/build-report-data.ts';
import { renderPage } from '../../src/report/page.ts';
import { question } from '../leaderboard/records-fixture.ts';
import { chromiumPath, launch, open } from './browser.ts';
import { hostile, records, stages } from './page-records.ts';

describe.skipIf(chromiumPath === undefined)('the report page in Chromium', () => {
  let browser: Browser;
  let dir: string;
  let url: string;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'report-'));
    const board = buildLeaderboard(records(), { name: `sweep ${hostile}`, questions: [question] });
    const data = buildReportData({
      board,
      measurements: new Map([
        ['movies-v4-0.6-1', [{ stage: 'prune', steps: [0, 10], values: { loss: [2, 1], [hostile]: [1, 2] } }]],
      ]),
      timeline: [
        { label: hostile, stage: 'prune', device: 'cpu-0', attempt: 1, startMs: 0, endMs: 60_000, state: 'failed' },
        ...stages.map((stage, i) => ({
          label: `a ${stage}`,
          stage,
          device: 'cpu-1',
          attempt: 1,
          startMs: 1000 * i,
          endMs: 1000 * (i + 1),
          state: 'finished' as const,
        })),
      ],
      running: false,
      nowMs: 0,
    });
    const path = join(dir, 'report.html');
    writeFileSync(path, (await renderPage(data, false)).html);
    url = pathToFileURL(path).href;
    browser = await launch();
  });

  afterAll(async () => {
    await browser.close();
    rmSync(dir, { recursive: true });
  });

  const strategies = (page: Page) => page.locator('#leaderboard tbody tr td:nth-child(2)').allInnerTexts();

  test('needs nothing but itself and complains about nothing', async () => {
    const { page, problems, requests } = await open(browser, url);
    expect(problems).toEqual([]);
    expect(requests.filter((request) => !request.startsWith('data:'))).toEqual([url]);
    const sections = await page.locator('section').evaluateAll((found) => found.map(({ id }) => id));
    expect(sections).toEqual([
      'answers',
      'leaderboard',
      'scores',
      'parallel',
      'layers',
      'training',
      'timeline',
      'failures',
      'parity',
      'provenance',
    ]);
    await page.close();
  });

  test('runs nothing that a name or a log line holds, and shows it as text', async () => {
    const { page } = await open(browser, url);
    expect(await page.evaluate('window.harm')).toBeUndefined();
    expect(await page.locator('h1').innerText()).toBe(`sweep ${hostile}`);
    expect(await page.locator('#failures').innerText()).toContain(`log line ${hostile}`);
    expect(await page.locator('img').count()).toBe(0);
    await page.close();
  });

  test('runs no script that is put into it later either', async () => {
    const { page } = await open(browser, url);
    await page.evaluate(`
      const script = document.createElement('script');
      script.textContent = 'window.harm = 2';
      document.body.append(script);
      document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="window.harm = 3">');
    `);
    expect(await page.evaluate('window.harm')).toBeUndefined();
    await page.close();
  });

  test('sorts the leaderboard by a column, by mouse and by keyboard', async () => {
    const { page } = await open(browser, url);
    const score = page.locator('th', { hasText: 'score ± sd' });
    await score.locator('button').click();
    expect(await score.getAttribute('aria-sort')).toBe('descending');
    expect((await strategies(page)).slice(0, 2)).toEqual([hostile, hostile]);
    await page.keyboard.press('Enter');
    expect(await score.getAttribute('aria-sort')).toBe('ascending');
    expect((await strategies(page)).slice(0, 2)).toEqual(['none', 'none']);
    await page.close();
  });

  test('filters table and charts together', async () => {
    const { page } = await open(browser, url);
    await page.getByLabel('Strategy').selectOption('v4');
    await page.getByLabel('Task').selectOption('movies');
    expect(await strategies(page)).toEqual(['v4']);
    expect(await page.locator('#leaderboard .lead').innerText()).toContain('1 of 8 configurations');
    expect(await page.locator('#scores [aria-label^="v3"]').count()).toBe(0);
    await page.getByLabel('Task').selectOption('');
    await page.getByLabel('Strategy').selectOption('');
    await page.getByLabel('Find').fill('tweets v3');
    expect(await strategies(page)).toEqual(['v3']);
    await page.close();
  });

  test('draws every seed with its score, readable to a program and a screen reader', async () => {
    const { page } = await open(browser, url);
    const figure = page.locator('#scores figure').first();
    expect(await figure.locator('[aria-label="v4, seed 2: 82.20"]').count()).toBe(1);
    const x = async (name: string) => (await figure.locator(`[aria-label="${name}"]`).boundingBox())?.x ?? 0;
    expect(await x('v4, seed 3: 82.30')).toBeGreaterThan(await x('v4, seed 1: 82.10'));
    expect(await x('v4, seed 1: 82.10')).toBeGreaterThan(await x('v3, seed 3: 81.30'));
    expect(await page.locator('#answers').innerText()).toContain('no verdict yet: 3 of 4 declared seeds in, 1 failed');
    await page.close();
  });

  test('draws runs whose strategy is called like a colour, such as none', async () => {
    const { page } = await open(browser, url);
    await page.getByLabel('Strategy').selectOption('none');
    const dot = page.locator('#scores figure').first().locator('[aria-label="none, seed 2: 80.20"]');
    expect(await dot.getAttribute('stroke')).toBe('#8a8a8a');
    await page.close();
  });

  test('shows which layers were matched over training', async () => {
    const { page } = await open(browser, url);
    await page.getByLabel('Configuration').selectOption('movies, 60%: v3');
    expect(await page.locator('[aria-label="steps 0 to 0, teacher 11 to student none: 100.0%"]').count()).toBe(1);
    expect(await page.locator('[aria-label="movies, 60%: v4, layer 1: 6.0 heads"]').count()).toBe(1);
    await page.close();
  });

  test('names and colours every kind of stage in the timeline', async () => {
    const { page } = await open(browser, url);
    const timeline = page.locator('#timeline figure');
    for (const stage of stages) {
      expect(await timeline.locator('[class*=swatches]').getByText(stage, { exact: true }).count()).toBe(1);
      const bar = timeline.locator(`[aria-label^="a ${stage},"]`);
      expect(await bar.getAttribute('fill')).toMatch(/^#[0-9a-f]{6}$/);
    }
    await page.close();
  });

  test('leaves the numbers of what is left of each layer to the table where they would run into each other', async () => {
    const numbers = (page: Page) => page.locator('#layers figure', { hasText: 'heads left' }).locator('svg text');
    const wide = await open(browser, url);
    expect(await numbers(wide.page).filter({ hasText: /^12$/ }).count()).toBeGreaterThan(0);
    await wide.page.close();
    const { page } = await open(browser, url, { viewport: { width: 375, height: 700 } });
    expect(await numbers(page).filter({ hasText: /^12$/ }).count()).toBe(0);
    const figure = page.locator('#layers figure', { hasText: 'heads left' });
    await figure.locator('summary').click();
    expect(await figure.locator('tbody tr').first().innerText()).toMatch(/\s12\s+6\s+0/);
    await page.close();
  });

  test('is dark where the reader is, and fits a phone', async () => {
    const { page } = await open(browser, url, { colorScheme: 'dark', viewport: { width: 375, height: 700 } });
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(await ground()).toBe('rgb(17, 21, 26)');
    await page.getByRole('button', { name: /Theme/ }).click();
    expect(await ground()).toBe('rgb(255, 255, 255)');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375);
    await page.close();
  });

  test('shows the values of a chart as a table, by keyboard alone', async () => {
    const { page } = await open(browser, url);
    const summary = page.locator('#scores figure').first().locator('summary');
    await summary.focus();
    await page.keyboard.press('Enter');
    const row = page.locator('#scores figure').first().locator('tbody tr', { hasText: '82.20' });
    expect(await row.innerText()).toMatch(/^v4\s+2\s+82\.20\s+60\.00\s+4\s+120\.0$/);
    await page.close();
  });

  test('has the values of every chart', async () => {
    const { page, problems } = await open(browser, url);
    await page.getByLabel('Measure').selectOption('prune: loss');
    // Charts with a legend hold a figure of their own.
    const figures = await page.locator('figure:has(> figcaption)').all();
    expect(figures.length).toBeGreaterThan(8);
    for (const figure of figures) {
      await figure.locator('summary').click();
      await figure.locator('tbody tr').first().waitFor();
    }
    const valuesOf = async (caption: RegExp) =>
      (
        await page.locator('figure:has(> figcaption)', { hasText: caption }).first().locator('tbody tr').allInnerTexts()
      ).map((text) => text.replaceAll(/\s+/g, ' '));
    expect(await valuesOf(/^movies: score against achieved sparsity/)).toContain('none 2 80.20 60.00 120.0');
    expect(await valuesOf(/^movies, 60%: score against compute/)).toContain('v3 best of 2 81.27 240.0');
    expect(await valuesOf(/^One line a run/)).toContain('v4 movies v4 3 82.3');
    expect(await valuesOf(/^prune: loss by step/)).toEqual(['movies v4, seed 1 0 2', 'movies v4, seed 1 10 1']);
    expect(await page.locator('#scores').innerText()).toContain("device time of all of a run's stages, minutes");
    expect(problems).toEqual([]);
    await page.close();
  });

  test('is reached in its whole by the tab key, from the link to the answers on', async () => {
    const { page } = await open(browser, url);
    const seen: string[] = [];
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press('Tab');
      seen.push(
        await page.evaluate(
          'document.activeElement.dataset.column ?? document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent.slice(0, 30)',
        ),
      );
    }
    expect(seen[0]).toBe('Skip to the answers');
    for (const reached of ['Theme: auto', 'provenance', 'score_mean', 'Leaderboard table', 'Values']) {
      expect(seen).toContain(reached);
    }
    await page.close();
  });

  test('is light on paper, whatever the screen, with every column in the page', async () => {
    const { page } = await open(browser, url, { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    await page.setViewportSize({ width: 720, height: 1000 });
    const width = await page.locator('#leaderboard table').evaluate((table) => table.getBoundingClientRect().width);
    expect(width).toBeLessThanOrEqual(720);
    await page.close();
  });

  test('prints without what only a screen can use', async () => {
    const { page } = await open(browser, url);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('nav').isVisible()).toBe(false);
    expect(await page.locator('#bar').isVisible()).toBe(false);
    expect(await page.locator('#answers').isVisible()).toBe(true);
    await page.close();
  });
});
