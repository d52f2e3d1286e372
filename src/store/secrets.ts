import { readFileIfAny, writeFileAtomic } from './atomic-file.ts';

const mask = '***';
/** Names of variables, options and headers whose values nobody else should read; `max_tokens` is not one. */
const words = 'token|secret|passw(?:or)?d|passphrase|credentials?|api[_-]?key|access[_-]?key|private[_-]?key|auth';
const secretName = new RegExp(`(?:^|[_-])(?:${words})(?:$|[_-])`, 'i');
/** A shorter value would hide ordinary words. */
const minSecretLength = 6;

/** `NAME=value`, `"name": "value"`, `--name value`, where the name is one of those and the value no number. */
const assignment = new RegExp(
  `((?:["']?(?:\\w*[_-])?(?:${words})["']?\\s*[=:]\\s*)|(?:--(?:[\\w-]*-)?(?:${words})\\s+))(["']?)(?![\\d.]+\\b)[^\\s"',;&*]{${minSecretLength},}\\2`,
  'gi',
);
const bearer = /\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/g;
const inUrl = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]+:)[^\s/@]+@/gi;
/** As Hugging Face, GitHub, OpenAI, AWS and Slack write theirs. */
const wellKnown =
  /\b(?:hf_[A-Za-z0-9]{20,}|gh[pousr]_[A-Za-z0-9]{20,}|sk-[\w-]{20,}|AKIA[A-Z0-9]{16}|xox[abp]-[\w-]{10,})\b/g;

/** The values in an environment that must not be written anywhere, the longest first. */
export function secretsIn(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env)
    .filter(([name]) => secretName.test(name))
    .map(([, value]) => value ?? '')
    .filter((value) => value.length >= minSecretLength)
    .sort((a, b) => b.length - a.length);
}

/** Masks secrets by value and by name. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return maskValues(text, secrets)
    .replaceAll(wellKnown, mask)
    .replaceAll(bearer, `$1 ${mask}`)
    .replaceAll(inUrl, `$1${mask}@`)
    .replaceAll(assignment, `$1$2${mask}$2`);
}

/** By value only, which cannot break what has a syntax of its own. */
export function maskValues(text: string, secrets: readonly string[]): string {
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, mask), text);
}

/** Masks an ended attempt's log where it lies; one without secrets is left as it is. */
export function maskFile(path: string, hide: (text: string) => string): void {
  const text = readFileIfAny(path);
  if (text === undefined || text === '') return;
  const masked = hide(text);
  if (masked !== text) writeFileAtomic(path, masked);
}
