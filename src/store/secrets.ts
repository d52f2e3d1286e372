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

/** The values, in an environment or among parameters, that must not be written anywhere, the longest first. */
export function secretsIn(values: Readonly<Record<string, string | number | boolean | undefined>>): string[] {
  return Object.entries(values)
    .flatMap(([name, value]) => (typeof value === 'string' && secretName.test(name) ? [value] : []))
    .filter((value) => value.length >= minSecretLength)
    .sort((a, b) => b.length - a.length);
}

/** Values among the words of a command that have such a name: `--token X`, `--token=X`, `TOKEN=X`. */
export function secretsInWords(words: readonly string[]): string[] {
  return words.flatMap((word, i) => {
    const [, dashes = '', name = '', joined] = /^(-{0,2})([\w-]+?)(?:=(.*))?$/s.exec(word) ?? [];
    const value = joined ?? (dashes === '' ? '' : (words[i + 1] ?? ''));
    return secretName.test(name) && value.length >= minSecretLength && !value.startsWith('${') ? [value] : [];
  });
}

/** Masks secrets by value and by name. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return maskValues(text, secrets)
    .replaceAll(wellKnown, mask)
    .replaceAll(bearer, `$1 ${mask}`)
    .replaceAll(inUrl, `$1${mask}@`)
    .replaceAll(assignment, `$1$2${mask}$2`);
}

/** By value only, which cannot break what has a syntax of its own; in YAML a star begins an alias. */
export function maskValues(text: string, secrets: readonly string[], by: '***' | 'withheld' = mask): string {
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, by), text);
}

/** Masks an ended attempt's log where it lies; one without secrets is left as it is. */
export function maskFile(path: string, hide: (text: string) => string): void {
  const text = readFileIfAny(path);
  if (text === undefined || text === '') return;
  const masked = hide(text);
  if (masked !== text) writeFileAtomic(path, masked);
}
