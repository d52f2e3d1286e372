import { type Lease, type Load, loadsOf } from '../executor/leases.ts';
import type { Orchestrator } from '../executor/turns.ts';
import { isSame, livenessOf, ownIdentity } from '../store/identity.ts';
import type { Context } from './context.ts';

/** What all sweeps hold and wait for at one moment. */
export type HostLook = {
  /** By device: what of it is held. */
  readonly loadOf: (device: string) => Load;
  /** By device, for people: which other sweeps hold some of it. */
  readonly others: ReadonlyMap<string, readonly string[]>;
  /** By device: who has waited for it longer than this sweep. */
  readonly turns: ReadonlyMap<string, Orchestrator>;
};

export function lookAtHost(context: Context): HostLook {
  const held = context.leases.list();
  return { loadOf: loadsOf(held), others: othersOn(context, held), turns: context.leases.turnsOfOthers(held) };
}

function othersOn({ adopted }: Context, held: readonly Lease[]): Map<string, string[]> {
  const self = ownIdentity();
  const ownDirs = new Set([...adopted.keys()].map(({ dir }) => dir));
  const others = new Map<string, string[]>();
  for (const { device, orchestrator, stageDir } of held) {
    if (isSame(orchestrator, self) || ownDirs.has(stageDir)) continue;
    const name = nameOf(orchestrator);
    const names = others.get(device);
    if (!names) others.set(device, [name]);
    else if (!names.includes(name)) names.push(name);
  }
  return others;
}

/** An orchestrator of an earlier version does not say which sweep it runs. */
export function nameOf(orchestrator: Orchestrator): string {
  const { sweep, pid } = orchestrator;
  const ended = livenessOf(orchestrator) === 'dead';
  if (sweep === undefined) return ended ? `process ${pid}, which has ended` : `process ${pid}`;
  return ended ? `sweep ${sweep}, whose process ${pid} has ended` : `sweep ${sweep}, process ${pid}`;
}
