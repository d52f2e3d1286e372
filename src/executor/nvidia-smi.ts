import { execa } from 'execa';
import { errorCode } from '../store/atomic-file.ts';

export type Gpu = {
  /** UUID of the GPU, or of the MIG instance. */
  readonly id: string;
  /** As nvidia-smi counts: `1`, or `0.2` for the third instance on GPU 0. */
  readonly index: string;
  readonly name: string;
  readonly memoryMiB: number;
  readonly driver: string;
};
export type GpuProcess = {
  readonly gpu: string;
  readonly pid: number;
  readonly memoryMiB: number;
};

/** GPUs (MIG instances in place of a partitioned GPU) as nvidia-smi names them; none where it is not installed. */
export async function listGpus(env: NodeJS.ProcessEnv): Promise<Gpu[]> {
  const table = await nvidiaSmi(env, [
    '--query-gpu=index,uuid,name,memory.total,driver_version',
    '--format=csv,noheader,nounits',
  ]);
  if (table === undefined) return [];
  const whole = rowsOf(table).map(([index = '', id = '', name = '', memory = '', driver = '']) => ({
    id,
    index,
    name,
    memoryMiB: Number(memory) || 0,
    driver,
  }));
  const instances = migInstances((await nvidiaSmi(env, ['-L'])) ?? '');
  return whole.flatMap((gpu) => {
    const parts = instances.get(gpu.id) ?? [];
    return parts.length > 0 ? parts.map((part, i) => ({ ...gpu, ...part, index: `${gpu.index}.${i}` })) : [gpu];
  });
}

/** Processes that compute on a GPU now, whoever started them. */
export async function listGpuProcesses(env: NodeJS.ProcessEnv): Promise<GpuProcess[]> {
  const table = await nvidiaSmi(env, [
    '--query-compute-apps=gpu_uuid,pid,used_memory',
    '--format=csv,noheader,nounits',
  ]);
  return rowsOf(table ?? '').map(([gpu = '', pid = '', memory = '']) => ({
    gpu,
    pid: Number(pid),
    memoryMiB: Number(memory) || 0,
  }));
}

async function nvidiaSmi(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<string | undefined> {
  const result = await execa('nvidia-smi', args, {
    reject: false,
    timeout: 20_000,
    env,
    extendEnv: false,
  });
  if (result.failed && errorCode(result.cause) === 'ENOENT') return undefined;
  return result.failed ? undefined : result.stdout;
}

function rowsOf(table: string): string[][] {
  return table
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((cell) => cell.trim()));
}

type Instance = Pick<Gpu, 'id' | 'name' | 'memoryMiB'>;

/** From `nvidia-smi -L`, where MIG instances are indented under their GPU. */
function migInstances(listing: string): Map<string, Instance[]> {
  const instances = new Map<string, Instance[]>();
  let current: Instance[] = [];
  for (const line of listing.split('\n')) {
    const uuid = /\(UUID: ([^)]+)\)/.exec(line)?.[1];
    if (uuid === undefined) continue;
    if (line.startsWith('GPU')) {
      current = [];
      instances.set(uuid, current);
    } else {
      const name = line.trim().split(/\s{2,}|:/)[0] ?? 'MIG';
      current.push({ id: uuid, name, memoryMiB: Number(/\.(\d+)gb/.exec(name)?.[1] ?? 0) * 1024 });
    }
  }
  return instances;
}
