import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importFileSchema, recordOfImport } from '../leaderboard/imported-result.ts';
import type { RunRecord } from '../leaderboard/records.ts';

/** Where results that were made elsewhere lie beside a sweep's own. */
export function importsDirOf(sweepDir: string): string {
  return join(sweepDir, 'imports');
}

/** The imported results of a sweep; files that cannot be read lose only themselves. */
export function collectImports(sweepDir: string): { records: RunRecord[]; notes: string[] } {
  const dir = importsDirOf(sweepDir);
  const records: RunRecord[] = [];
  const notes: string[] = [];
  if (!existsSync(dir)) return { records, notes };
  for (const name of readdirSync(dir).sort()) {
    if (!name.endsWith('.json')) continue;
    const path = join(dir, name);
    const parsed = importFileSchema.safeParse(readJson(path));
    if (!parsed.success) {
      notes.push(`Left out: ${path} is no import file of this version. Import the table again.`);
      continue;
    }
    records.push(...parsed.data.results.map(recordOfImport));
    notes.push(...parsed.data.notes.map((note) => `Imported: ${note}`));
  }
  return { records, notes };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
