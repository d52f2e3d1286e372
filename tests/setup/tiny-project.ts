import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { layoutOf } from '../../src/cli/machine/layout.ts';

const project = layoutOf();
const runner = fileURLToPath(new URL('run-set-up.ts', import.meta.url));

export type TinyProject = Awaited<ReturnType<typeof makeTinyProject>>;

/** A project whose packages are a few lines each, in wheels on disk, so that set-up is real and needs no network. */
export async function makeTinyProject() {
  const root = mkdtempSync(join(tmpdir(), "layersweep it's set-up "));
  const layout = layoutOf(root);
  // PIP_FIND_LINKS is a list parted by spaces.
  const wheels = mkdtempSync(join(tmpdir(), 'layersweep-wheels-'));
  for (const [name, version] of [
    ['torch', '2.13.0'],
    ['alpha', '1.0'],
    ['beta', '1.0'],
    ['model', '0.1'],
  ]) {
    await execa(project.python, ['-c', writeWheel, wheels, name ?? '', version ?? '']);
  }
  const modelHash = createHash('sha256')
    .update(readFileSync(join(wheels, 'model-0.1-py3-none-any.whl')))
    .digest('hex');
  mkdirSync(join(root, 'python'));
  writeFileSync(layout.requirements.training, 'torch==2.13.0\nalpha==1.0\n');
  writeFileSync(layout.requirements.checks, 'beta==1.0\n');
  writeFileSync(layout.requirements.embeddedModel, `model==0.1 --hash=sha256:${modelHash}\n`);
  cpSync(project.requirements.embeddedData, layout.requirements.embeddedData);
  mkdirSync(join(root, 'node_modules'));
  for (const path of [layout.packageLock, join(root, 'node_modules/.package-lock.json')]) {
    writeFileSync(path, '{"packages":{"node_modules/zod":{"version":"4.0.0"}}}');
  }
  cpSync(project.embeddedDataDir, layout.embeddedDataDir, { recursive: true });
  const env: Record<string, string> = {
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: wheels,
    PIP_CONFIG_FILE: '/dev/null',
    LAYERSWEEP_PYTHON: project.python,
  };
  return {
    layout,
    /** Runs set-up in a process of its own; `checks` installs the second group too. */
    setUp: (group: 'training' | 'checks' = 'training') =>
      execa({ env })(process.execPath, [runner, root, group], { reject: false, all: true, lines: false }),
    remove: () => {
      for (const folder of [root, wheels]) rmSync(folder, { recursive: true, force: true });
    },
  };
}

const writeWheel = `
import base64, hashlib, sys, zipfile
folder, name, version = sys.argv[1:]
info = f"{name}-{version}.dist-info"
files = {
    f"{name}/__init__.py": f"VERSION = {version!r}\\n",
    f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n",
    f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
}
def line(path, text):
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(text)}\\n"
record = "".join(line(path, text) for path, text in files.items()) + f"{info}/RECORD,,\\n"
with zipfile.ZipFile(f"{folder}/{name}-{version}-py3-none-any.whl", "w") as wheel:
    for path, text in {**files, f"{info}/RECORD": record}.items():
        wheel.writestr(path, text)
`;
