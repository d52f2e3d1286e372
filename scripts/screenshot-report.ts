import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import type { Page } from 'playwright-core';
import { launch, open } from '../tests/report/browser.ts';

/** `node scripts/screenshot-report.ts RESULTS/SWEEP [FOLDER]`: the pictures of docs/report.md, of a finished sweep. */
const [sweep, out = join(import.meta.dirname, '../docs')] = process.argv.slice(2);
if (sweep === undefined)
  throw new Error("Expected a sweep's results folder: node scripts/screenshot-report.ts results/tweets");

type Picture = {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
  /** What stands at the top; without, the head of the page. */
  readonly from?: string;
};

const pictures: readonly Picture[] = [
  { name: 'report-desktop', width: 1280, height: 1500 },
  { name: 'report-phone', width: 390, height: 1500 },
  { name: 'report-dark', width: 1280, height: 1500, dark: true, from: '#scores' },
  { name: 'report-layers', width: 1280, height: 1500, from: '#layers' },
];

const temporary = mkdtempSync(join(tmpdir(), 'layersweep-screenshots-'));
const browser = await launch();
try {
  const path = join(temporary, 'report.html');
  await execa(process.execPath, [
    join(import.meta.dirname, '../src/cli/main.ts'),
    'report',
    resolve(sweep),
    '-o',
    path,
  ]);
  mkdirSync(out, { recursive: true });
  for (const picture of pictures) {
    const { width, height, dark = false, from } = picture;
    const { page } = await open(browser, pathToFileURL(path).href, {
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
    });
    if (from !== undefined) await scrollTo(page, from);
    const file = join(out, `${picture.name}.png`);
    await page.screenshot({ path: file });
    console.log(file);
    await page.close();
  }
} finally {
  await browser.close();
  rmSync(temporary, { recursive: true });
}

/** The bar of filters, which stays on top, would lie over the heading. */
async function scrollTo(page: Page, selector: string): Promise<void> {
  await page.addStyleTag({ content: '#bar { position: static }' }).catch(() => undefined);
  await page.locator(selector).evaluate((section) => section.scrollIntoView({ block: 'start' }));
}
