import { statSync } from 'node:fs';
import { type ReportServer, serveReport } from '../report/serve.ts';
import { errorCode } from '../store/atomic-file.ts';
import { sweepPaths } from '../store/paths.ts';
import { readResolvedSweep, sweepHolder } from '../store/sweep-folder.ts';
import { CommandError } from './command-error.ts';
import { collectReportData } from './report-data.ts';

/** Where pages are served unless another port is asked for: the same after a restart, so that open pages find it again. */
export const defaultPort = 7434;

/** While a sweep runs its curves grow between two entries of the journal. */
const refreshEveryMs = 20_000;

export type ServeOptions = { readonly baseline?: string | undefined; readonly port?: number };

/** Serves the page of a sweep, up to date with its folder. */
export async function serveSweep(
  resultsDir: string,
  name: string,
  { baseline = 'none', port = defaultPort }: ServeOptions = {},
): Promise<ReportServer> {
  const paths = sweepPaths(resultsDir, name);
  const load = () => {
    const sweep = readResolvedSweep(resultsDir, name);
    if (!sweep) throw new CommandError(`${paths.sweep} is gone: the sweep was moved or removed`);
    return collectReportData(resultsDir, sweep, baseline);
  };
  const version = () => {
    const running = sweepHolder(resultsDir, name) !== undefined;
    const time = running ? Math.floor(Date.now() / refreshEveryMs) : 'ended';
    return `${stampOf(paths.journal)} ${stampOf(paths.sweep)} ${time}`;
  };
  try {
    return await serveReport({ load: async () => load(), version }, port);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EADDRINUSE') {
      throw new CommandError(
        `Port ${port} is in use already, perhaps by another \`--serve\`. Choose another: --port ${port + 1}`,
      );
    }
    if (code === 'EACCES')
      throw new CommandError(
        `Port ${port} needs more rights than you have. Choose one above 1023: --port ${defaultPort}`,
      );
    throw error;
  }
}

function stampOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.size} ${stat.mtimeMs}` : 'none';
}
