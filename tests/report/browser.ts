import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const candidates = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** Debian: `apt-get install chromium`; elsewhere name it in CHROMIUM_PATH. */
export const chromiumPath = candidates.find((path) => path !== undefined && existsSync(path));

export async function launch(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('Expected Chromium');
  // Its sandbox refuses to run as root, as tests in containers do.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath: chromiumPath, args });
}

export type OpenedPage = { readonly page: Page; readonly problems: string[]; readonly requests: string[] };

/** Opens a page and notes everything it complains about or asks for. */
export async function open(
  browser: Browser,
  url: string,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<OpenedPage> {
  const page = await browser.newPage(options);
  const problems: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text().slice(0, 300));
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  await page.waitForSelector('#provenance');
  return { page, problems, requests };
}
