// `node scripts/start.js NAME …` runs scripts/NAME.ts, or says why this Node cannot.
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [name, ...rest] = process.argv.slice(2);
const path = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
if (!existsSync(modules)) {
  fail('The packages of npm are not installed. Install them: npm ci');
} else if (process.features.typescript) {
  process.argv = [process.execPath, path, ...rest];
  await import(pathToFileURL(path).href);
} else {
  fail(
    `Node ${process.versions.node} at ${process.execPath} cannot run TypeScript, and no newer one came with npm ci ` +
      `(there is one for linux-x64, linux-arm64 and darwin-arm64; this is ${process.platform}-${process.arch}). ` +
      'Run npm ci --include=optional, or install Node 24.',
  );
}

function fail(message) {
  console.error(message);
  process.exitCode = 1;
}
