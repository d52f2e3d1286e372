import { readFileIfAny } from '../store/atomic-file.ts';

/** How often the kernel's OOM killer has struck, in this process's cgroup or, failing that, on this host. */
export function countKernelOomKills(): number {
  const group = readFileIfAny('/proc/self/cgroup')?.match(/^0::(.*)$/m)?.[1] ?? '/';
  const events = readFileIfAny(`/sys/fs/cgroup${group}/memory.events`) ?? readFileIfAny('/sys/fs/cgroup/memory.events');
  const inGroup = events?.match(/^oom_kill (\d+)$/m)?.[1];
  const onHost = readFileIfAny('/proc/vmstat')?.match(/^oom_kill (\d+)$/m)?.[1];
  return Number(inGroup ?? onHost ?? 0);
}
