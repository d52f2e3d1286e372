import { globSync } from 'node:fs';
import { readInside } from './checkout.ts';

/** Where the checkout sets --layer_distill_version to something else than the strategy's version: one warning each. */
export function versionDisagreements(root: string, version: number): string[] {
  const warnings: string[] = [];
  for (const file of ['args.py', ...globSync('{,scripts/}*.sh', { cwd: root }).sort()]) {
    const text = readInside(root, file)?.toString() ?? '';
    const set = file === 'args.py' ? defaultVersion(text) : passedVersion(text);
    if (set !== undefined && set !== version) {
      const how = file === 'args.py' ? 'defaults to' : 'passes';
      warnings.push(
        `${file} ${how} --layer_distill_version ${set}, the strategy is version ${version}: the patched method ignores the flag`,
      );
    }
  }
  return warnings;
}

const defaultVersion = (text: string) =>
  number(/layer_distill_version:\s*int\s*=\s*field\(\s*default\s*=\s*(\d+)/.exec(text)?.[1]);

/** A number passed as it is, or by a variable that the script sets to a number (upstream's run.sh passes it by position). */
function passedVersion(text: string): number | undefined {
  const passed = /--layer_distill_version[ =]+["']?(?:(\d+)|\$\{?(\w+)\}?)/.exec(text);
  if (passed?.[1] !== undefined) return number(passed[1]);
  const variable = passed?.[2] ?? 'LAYER_DISTILL_VERSION';
  if (!/^[A-Za-z_]\w*$/.test(variable)) return undefined;
  return number(new RegExp(`^\\s*(?:export )?${variable}=["']?(\\d+)["']?\\s*(?:#.*)?$`, 'm').exec(text)?.[1]);
}

const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
