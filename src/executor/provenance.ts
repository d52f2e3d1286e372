import { hostname, release } from 'node:os';
import { basename } from 'node:path';
import { execa } from 'execa';
import { joinSecrets, maskSecrets, secretsIn, secretsInWords } from '../store/secrets.ts';
import type { Device } from './devices.ts';
import { listGpus } from './nvidia-smi.ts';

/** Where, by what and from which sources results were made; kept beside every attempt, and no part of any key. */
export type Provenance = {
  readonly schemaVersion: 1;
  readonly commit: string | null;
  /** Whether tracked files differed from that commit. */
  readonly dirty: boolean | null;
  readonly node: string;
  readonly host: string;
  readonly kernel: string;
  readonly driver: string | null;
  readonly devices: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

/** Variables that bear on results; of others not even the name is kept. */
const allowed =
  /^(?:CUDA_VISIBLE_DEVICES|CUBLAS_WORKSPACE_CONFIG|NVIDIA_TF32_OVERRIDE|OMP_NUM_THREADS|MKL_NUM_THREADS|PYTHONHASHSEED|PYTORCH_[A-Z_]+|TORCH_[A-Z_]+|HF_HUB_OFFLINE|HF_ENDPOINT|LANG|LC_ALL|TZ|LAYERSWEEP_GLUE_DIR)$/;

export async function collectProvenance(
  projectDir: string,
  devices: readonly Device[],
  env: NodeJS.ProcessEnv,
): Promise<Provenance> {
  const secrets = joinSecrets([secretsIn(env), secretsInWords(process.argv)]);
  const [commit, status] = await Promise.all([
    git(projectDir, ['rev-parse', 'HEAD']),
    git(projectDir, ['status', '--porcelain', '--untracked-files=no']),
  ]);
  const gpus = devices[0]?.kind === 'cuda' ? await listGpus(env) : [];
  const [program = '', script = '', ...args] = process.argv;
  return {
    schemaVersion: 1,
    commit: commit ?? null,
    dirty: status === undefined ? null : status !== '',
    node: process.version,
    host: hostname(),
    kernel: release(),
    driver: gpus[0]?.driver ?? null,
    devices: devices.map(({ label, name }) => `${label} ${name}`),
    command: [basename(program), basename(script), ...args].map((word) => maskSecrets(word, secrets)),
    environment: Object.fromEntries(
      Object.entries(env)
        .filter(([name]) => allowed.test(name))
        .map(([name, value]) => [name, maskSecrets(value ?? '', secrets)]),
    ),
  };
}

async function git(cwd: string, args: readonly string[]): Promise<string | undefined> {
  const result = await execa('git', args, { cwd, reject: false, timeout: 20_000 });
  return result.failed ? undefined : result.stdout.trim();
}
