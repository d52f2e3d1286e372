import type { Sources } from './sources.ts';

const statement = /^(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([\w., \t]+))/gm;

/** Top-level packages that upstream's program imports from elsewhere, followed from its entry file through its own files. */
export function importedPackages(sources: Sources, entry: string): string[] {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (path: string): void => {
    const bytes = sources.get(path);
    if (bytes === undefined || seen.has(path)) return;
    seen.add(path);
    for (const [, from, list] of bytes.toString().matchAll(statement)) {
      for (const name of (from ?? list ?? '').split(',').map((one) => one.trim().split(/\s/)[0] ?? '')) {
        if (name === '' || name.startsWith('.')) continue;
        const [top = ''] = name.split('.');
        const own = ownFiles(sources, name);
        if (own.length === 0) packages.add(top);
        for (const file of own) visit(file);
      }
    }
  };
  visit(entry);
  return [...packages].sort();
}

function ownFiles(sources: Sources, name: string): string[] {
  const path = name.replaceAll('.', '/');
  const [top] = name.split('.');
  const isOwn = sources.has(`${path}.py`) || [...sources.keys()].some((file) => file.startsWith(`${top}/`));
  return isOwn ? [`${path}.py`, `${path}/__init__.py`, `${top}/__init__.py`].filter((file) => sources.has(file)) : [];
}
