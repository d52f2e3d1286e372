import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { collectReport } from '../src/cli/report-data.ts';
import { sweepResults } from '../src/cli/sweep-results.ts';
import { buildLeaderboard } from '../src/leaderboard/build.ts';
import { renderPage } from '../src/report/page.ts';
import { chromiumPath, launch, open } from '../tests/report/browser.ts';
import { type FixtureRun, writeResults } from '../tests/report/results-fixture.ts';

/**
 * `npm run bench:results [-- --runs N --page N --rounds N]`: how long the leaderboard and answers of N runs take, from
 * their records and from their folders, and how large and how quick the page of N runs is, in Chromium.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    page: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
  },
});
const rounds = Number(values.rounds);
const temporary = mkdtempSync(join(tmpdir(), 'layersweep-bench-results-'));
const questions = `questions:
  - { name: Does a layer loss help?, factor: strategy, groups: [[v3, v4, v5, v6], [none]], margin: 0.01 }
  - { name: Does the order matter?, factor: strategy, groups: [[v4], [v3]], margin: 0.01 }
`;

try {
  await benchAggregation(join(temporary, 'many'), Number(values.runs));
  await benchPage(join(temporary, 'page'), Number(values.page));
} finally {
  rmSync(temporary, { recursive: true });
}

async function benchAggregation(dir: string, count: number): Promise<void> {
  const sweep = writeResults(dir, plannedRuns(count), { questions });
  const { result: first, seconds: cold } = await timed(() => sweepResults(dir, sweep));
  const options = { name: 'bench', questions: first.board.answers.map(({ question }) => question) };
  const building = await best(() => buildLeaderboard(first.records, options));
  const again = await best(() => sweepResults(dir, sweep));
  console.log(
    `${first.records.length} runs, ${first.board.rows.length} rows, ${first.board.answers.length} questions:`,
  );
  console.log(`  leaderboard and answers from records   ${building.toFixed(2)} s (least of ${rounds}; aim: below 3)`);
  console.log(`  the same with every stage's files read ${cold.toFixed(2)} s at first, ${again.toFixed(2)} s again`);
}

async function benchPage(dir: string, count: number): Promise<void> {
  const sweep = writeResults(dir, plannedRuns(count), { questions });
  const { data } = await collectReport(dir, sweep, 'none');
  const { html } = await renderPage(data, false);
  const path = join(dir, 'report.html');
  writeFileSync(path, html);
  console.log(`Page of ${data.runs.length} runs: ${(statSync(path).size / 1e6).toFixed(2)} MB (aim: below 5)`);
  if (chromiumPath === undefined) {
    console.log('  not opened: no Chromium here (CHROMIUM_PATH)');
    return;
  }
  const browser = await launch();
  const { result, seconds } = await timed(() => open(browser, pathToFileURL(path).href));
  const { page } = result;
  // In the page, until the next frame is painted.
  const react = (act: string) =>
    page.evaluate<number>(`new Promise((done) => {
      const start = performance.now();
      ${act}
      requestAnimationFrame(() => setTimeout(() => done((performance.now() - start) / 1000)));
    })`);
  const sorting = await react(`document.querySelector('button[data-column="score_mean"]').click();`);
  const filtering = await react(
    `const box = document.querySelector('input[type=search]'); box.value = 'v4'; box.dispatchEvent(new Event('input'));`,
  );
  await browser.close();
  console.log(`  drawn ${seconds.toFixed(2)} s, sorted ${sorting.toFixed(2)} s, filtered ${filtering.toFixed(2)} s`);
}

/** Five strategies, two tasks, eight seeds, and as many sparsities as it takes. */
function plannedRuns(count: number): FixtureRun[] {
  const strategies = ['none', 'v3', 'v4', 'v5', 'v6'];
  const tasks = ['movies', 'tweets'];
  return Array.from({ length: count }, (_, i): FixtureRun => {
    const level = Math.floor(i / 80);
    const seed = 1 + (i % 8);
    const arm = Math.floor(i / 8) % 5;
    const score = 0.7 + 0.01 * arm + 0.003 * ((seed * 7 + i) % 5) + 0.0005 * (level % 7);
    return {
      ...{ strategy: strategies[arm] ?? 'none', task: tasks[Math.floor(i / 40) % 2] ?? 'movies' },
      ...{ seed, sparsity: 0.3 + 0.004 * level, score },
    };
  });
}

async function timed<T>(act: () => T | Promise<T>): Promise<{ result: T; seconds: number }> {
  const start = performance.now();
  const result = await act();
  return { result, seconds: (performance.now() - start) / 1000 };
}

async function best(act: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) least = Math.min(least, (await timed(act)).seconds);
  return least;
}
