import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ReportData } from './data.ts';
import { pageScript } from './page-script.ts';

export type Page = {
  readonly html: string;
  /** For the header of a server, which browsers trust more than the page's own. */
  readonly contentSecurityPolicy: string;
};

/** One HTML file that needs nothing else; `live`: it asks the server that it came from for new data. */
export async function renderPage(data: ReportData, live: boolean): Promise<Page> {
  const [script, style] = await Promise.all([pageScript(), readFile(new URL('./page.css', import.meta.url), 'utf8')]);
  const code = inlineScript(script);
  const contentSecurityPolicy = [
    "default-src 'none'",
    // The page's own script and no other: whatever a name may hold, it does not run.
    `script-src 'sha256-${createHash('sha256').update(code).digest('base64')}'`,
    // The chart library puts a style element into each drawing.
    "style-src 'unsafe-inline'",
    // Colour ramps of legends.
    'img-src data:',
    `connect-src ${live ? "'self'" : "'none'"}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>layersweep</title>
<style>${style}</style>
</head>
<body>
<noscript>This page draws its tables and charts with a script of its own. Without one, see leaderboard.md beside it.</noscript>
<script type="application/json" id="data"${live ? ' data-live' : ''}>${inlineJson(data)}</script>
<script>${code}</script>
</body>
</html>
`;
  return { html, contentSecurityPolicy };
}

/** JSON that cannot end the element it stands in, nor begin a comment in it. */
export function inlineJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

/** The same for code: in strings and regular expressions, the only places where it may stand, `<\/script` is `</script`. */
function inlineScript(code: string): string {
  return code.replaceAll(/<(\/script|!--)/gi, (_, rest: string) => `\\x3c${rest}`);
}
