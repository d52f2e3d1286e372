import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReportData } from './data.ts';
import { renderPage } from './page.ts';

export type ReportSource = {
  /** The data as they are now. */
  readonly load: () => Promise<ReportData>;
  /** Differs whenever `load` would give something else; looked at often. */
  readonly version: () => string;
};

export type ReportServer = { readonly url: string; readonly close: () => Promise<void> };

/** How often the version is looked at. */
const lookEveryMs = 1000;

/** Comments on an idle connection, so that both sides notice where the other is gone. */
const keepAliveEveryMs = 15_000;

/**
 * Serves the page on loopback, read-only, and tells it when there is something new. Port 0 takes a free one.
 *
 * @throws the system's error where the port cannot be had (`EADDRINUSE`, `EACCES`).
 */
export async function serveReport(source: ReportSource, port: number): Promise<ReportServer> {
  const listeners = new Set<ServerResponse>();
  const current = cached(source);
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) refuse(response, 500, error instanceof Error ? error.message : 'failed');
      else response.destroy();
    });
  });
  await listen(server, port);
  const { port: taken } = server.address() as AddressInfo;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = refusalOf(request, taken);
    if (refusal) return refuse(response, ...refusal);
    switch (URL.parse(request.url ?? '/', 'http://localhost')?.pathname) {
      case '/': {
        const { html, contentSecurityPolicy } = await renderPage((await current()).data, true);
        response.setHeader('Content-Security-Policy', `${contentSecurityPolicy}; frame-ancestors 'none'`);
        return send(request, response, 'text/html; charset=utf-8', html);
      }
      case '/data.json':
        return send(request, response, 'application/json; charset=utf-8', (await current()).text);
      case '/events':
        return follow(response);
      default:
        return refuse(response, 404, 'There is nothing here: the page is at /');
    }
  }

  function follow(response: ServerResponse): void {
    response.writeHead(200, { ...commonHeaders, 'Content-Type': 'text/event-stream' });
    response.write(': connected\n\n');
    listeners.add(response);
    response.on('close', () => listeners.delete(response));
  }

  let seen = source.version();
  const look = setInterval(() => {
    const version = source.version();
    if (version === seen) return;
    seen = version;
    for (const listener of listeners) listener.write('event: changed\ndata: \n\n');
  }, lookEveryMs);
  const keepAlive = setInterval(() => {
    for (const listener of listeners) listener.write(': still here\n\n');
  }, keepAliveEveryMs);

  return {
    url: `http://127.0.0.1:${taken}/`,
    close: () => {
      clearInterval(look);
      clearInterval(keepAlive);
      for (const listener of listeners) listener.end();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const commonHeaders = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** Why a request gets no answer: other sites must not read the page through a name that they point at this machine. */
function refusalOf({ method, headers }: IncomingMessage, port: number): [status: number, why: string] | null {
  const names = ['127.0.0.1', 'localhost', '[::1]'].flatMap((name) =>
    port === 80 ? [name, `${name}:80`] : [`${name}:${port}`],
  );
  if (!names.includes(headers.host?.toLowerCase() ?? '')) {
    return [403, `Expected the host 127.0.0.1:${port} or localhost:${port}`];
  }
  if (headers['sec-fetch-site'] === 'cross-site') return [403, 'Other sites may not read this page'];
  if (method !== 'GET' && method !== 'HEAD') return [405, 'The page is read-only'];
  return null;
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, {
    ...commonHeaders,
    'Content-Type': 'text/plain; charset=utf-8',
    ...(status === 405 ? { Allow: 'GET, HEAD' } : {}),
  });
  response.end(`${why}\n`);
}

function send({ method }: IncomingMessage, response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { ...commonHeaders, 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(method === 'HEAD' ? undefined : body);
}

/** Loads once for each version, however many ask. */
function cached({ load, version }: ReportSource): () => Promise<{ data: ReportData; text: string }> {
  let known: { version: string; loaded: Promise<{ data: ReportData; text: string }> } | undefined;
  return () => {
    const now = version();
    if (known?.version !== now) {
      const loaded = load().then((data) => ({ data, text: JSON.stringify(data) }));
      known = { version: now, loaded };
      // A failure is not kept: the next request tries again.
      loaded.catch(() => {
        known = undefined;
      });
    }
    return known.loaded;
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
