import type { ProgramStage } from '../../tests/fixtures/program-stage.ts';
import type { Random } from './random.ts';

/**
 * Stages that watch over the promise themselves: each notes its start, and notes a violation where another live
 * process runs the same stage, or where it had finished before. Some leave children that ignore TERM.
 */
export function workload(count: number, random: Random): ProgramStage[] {
  const stages: ProgramStage[] = [];
  for (let i = 0; i < count; i += 1) {
    const earlier = stages.slice(Math.max(0, i - 6));
    const inputs = i % 3 === 0 || earlier.length === 0 ? [] : [random.pick(earlier).key];
    stages.push({ key: `stage-${i}`, inputs, script: script(random) });
  }
  return stages;
}

/**
 * With its pid it names a process; pids alone are used again within a minute where so many processes are started. Not
 * of a zombie, which has ended, though it may be seconds before the system's first process takes note.
 */
function startTimeOf(pid: string): string {
  return `grep -v ') Z ' "/proc/${pid}/stat" 2>/dev/null | cut -d ' ' -f 22`;
}

function script(random: Random): string {
  const seconds = (random.between(2, 25) / 100).toFixed(2);
  const orphan = random.next() < 0.3 ? `(trap '' TERM; sleep 300) & ` : '';
  const escapee = random.next() < 0.1 ? 'setsid sleep 300 & ' : '';
  const restart = random.next() < 0.2 ? `[ "$3" -gt 1 ] || exit 75; ` : '';
  return [
    `echo "$3 $$" >>"$1/starts"`,
    `grep -qs '"code":0' "$1"/attempts/*/exit.json && [ ! -e "$1/damaged" ] && echo "finished but started: attempt $3" >>"$1/violations"`,
    `if read -r pid begun 2>/dev/null <"$1/running" && [ "$(${startTimeOf('$pid')})" = "$begun" ]; then echo "two at once: attempt $3" >>"$1/violations"; fi`,
    `echo "$$ $(${startTimeOf('$$')})" >"$1/running"`,
    `${orphan}${escapee}sleep ${seconds}`,
    `rm -f "$1/running" "$1/damaged"`,
    `${restart}printf 'weights %s ' "$1" >"$1/model.bin"; printf '{"score":1}' >"$1/result.tmp" && mv "$1/result.tmp" "$1/result.json"`,
  ].join('; ');
}
