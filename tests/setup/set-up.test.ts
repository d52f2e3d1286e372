import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sitePackages } from '../../src/cli/machine/installed.ts';
import { makeTinyProject, type TinyProject } from './tiny-project.ts';

// pip and venv on busy cores.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** One project, taken from nothing through everything that can befall it. */
describe('set-up', () => {
  let project: TinyProject;

  beforeAll(async () => {
    project = await makeTinyProject();
  });

  afterAll(() => project.remove());

  function site(file: string): string {
    return join(sitePackages(project.layout.venv) ?? '', file);
  }

  async function expectComplete(): Promise<string> {
    const { all, exitCode } = await project.setUp();
    expect(all.split('\n').at(-1)).toBe('complete');
    expect(exitCode).toBe(0);
    const answer = execFileSync(project.layout.python, ['-c', 'import alpha, model, torch; print(torch.VERSION)']);
    expect(answer.toString()).toBe('2.13.0\n');
    return all;
  }

  test('says what it does, step by step; killed in the middle, it goes on', async () => {
    const killed = project.setUp();
    const said: string[] = [];
    for await (const line of killed.iterable({ from: 'stdout' })) {
      // A slow machine is told every few seconds that a step goes on.
      if (/ · \d+ s$/.test(line)) continue;
      said.push(
        line
          .replace(/, \d+ s$/, ', N s')
          .replace(project.layout.root, 'ROOT')
          .replace(/ \(3[\d.]+\)/, ' (VERSION)'),
      );
      if (line.startsWith('[3/')) killed.kill('SIGKILL');
    }
    expect((await killed).signal).toBe('SIGKILL');
    expect(said.join('\n').replace(/made with \S+/, 'made with PYTHON')).toMatchInlineSnapshot(`
      "Setting up in ROOT
      [1/5] Python environment in .venv
            made with PYTHON (VERSION), N s
      [2/5] torch 2.13.0 (0.2 GB to fetch for CPUs, 2 to 3 GB with CUDA)
            1 installed, N s
      [3/5] Python packages"
    `);
    expect(existsSync(project.layout.stamp)).toBe(false);
    expect(await expectComplete()).not.toContain('made with');
    expect(existsSync(project.layout.stamp)).toBe(true);
  });

  test('does nothing when all is there', async () => {
    const before = statSync(project.layout.stamp).mtimeMs;
    expect(await expectComplete()).toBe('complete');
    expect(statSync(project.layout.stamp).mtimeMs).toBe(before);
  });

  test('adds what checks need when asked, and takes nothing away when not', async () => {
    expect((await project.setUp('checks')).exitCode).toBe(0);
    expect(existsSync(site('beta/__init__.py'))).toBe(true);
    expect(await expectComplete()).toBe('complete');
    expect(existsSync(site('beta/__init__.py'))).toBe(true);
  });

  test('mends a package with a file gone, or cut short, though the stamp says that all is well', async () => {
    rmSync(site('alpha/__init__.py'));
    truncateSync(site('torch/__init__.py'), 3);
    await expectComplete();
    expect(readFileSync(site('alpha/__init__.py'), 'utf8')).toBe("VERSION = '1.0'\n");
  });

  test('mends a package without its metadata, and a model', async () => {
    rmSync(site('alpha-1.0.dist-info'), { recursive: true });
    rmSync(site('model'), { recursive: true });
    await expectComplete();
  });

  test('installs a pin that changed', async () => {
    const { training } = project.layout.requirements;
    writeFileSync(training, 'torch==2.13.0\nalpha==2.0\n');
    const { stderr, exitCode } = await project.setUp();
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      'Could not install Python packages: the package registry has no alpha==2.0 for this Python and machine. ' +
        `Try Python 3.11: rm -rf .venv && LAYERSWEEP_PYTHON=python3.11 npm run setup`,
    );
    expect(existsSync(project.layout.stamp)).toBe(false);
    writeFileSync(training, 'torch==2.13.0\nalpha==1.0\n');
    await expectComplete();
  });

  test('puts pip back into an environment that lost it', async () => {
    rmSync(site('pip'), { recursive: true });
    expect(await expectComplete()).toContain('pip put back');
  });

  test('fetches data that were cut short, and says what is in the way', async () => {
    const file = join(project.layout.embeddedDataDir, 'tweets_GroundTruth.txt');
    const whole = readFileSync(file);
    truncateSync(file, 1000);
    const { stderr, exitCode } = await project.setUp();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Could not install the embedded data: the package registry has no vaderSentiment==3.3.2');
    writeFileSync(file, whole);
    await expectComplete();
  });

  test('makes the environment anew when its interpreter is gone, once for two at once', async () => {
    rmSync(project.layout.python);
    symlinkSync('/nowhere/python3.11', project.layout.python);
    const [one, two] = await Promise.all([project.setUp(), project.setUp()]);
    expect([one.exitCode, two.exitCode]).toEqual([0, 0]);
    const said = [one.all, two.all];
    expect(said.filter((text) => text.includes('Another set-up is under way here'))).toHaveLength(1);
    expect(said.filter((text) => text.includes('made with'))).toHaveLength(1);
    await expectComplete();
  });

  test('asks for npm ci where npm has not finished', async () => {
    writeFileSync(project.layout.packageLock, '{"packages":{"node_modules/zod":{"version":"4.1.0"}}}');
    const { stderr, exitCode } = await project.setUp();
    expect(exitCode).toBe(1);
    expect(stderr).toBe(
      'node_modules/zod is 4.0.0, package-lock.json asks for 4.1.0. Install what package-lock.json asks for: npm ci',
    );
  });
});
