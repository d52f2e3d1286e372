/**
 * What a reader of YAML 1.1 (PyYAML, so W&B) makes of a plain scalar that YAML 1.2 reads otherwise, or undefined.
 * Source of the patterns: PyYAML's `resolver.py`.
 */
export function readDifferently(scalar: {
  type?: string | undefined;
  source?: string | undefined;
  value: unknown;
}): string | undefined {
  const { source } = scalar;
  if (scalar.type !== 'PLAIN' || source === undefined) return undefined;
  if (/^(?:yes|no|on|off)$/i.test(source)) {
    const boolean = /^(?:yes|on)$/i.test(source);
    return `YAML 1.1 (W&B) reads ${source} as ${boolean}, here it is the text "${source}": write ${boolean} or "${source}"`;
  }
  if (typeof scalar.value === 'number' && /e/i.test(source) && !/^[-+]?(?:\d+\.\d*|\.\d+)e[-+]\d+$/i.test(source)) {
    return `YAML 1.1 (W&B) reads ${source} as text, here it is the number ${scalar.value}: write ${withPoint(source)}`;
  }
  if (/^[-+]?0[0-7]+$/.test(source)) {
    return `YAML 1.1 (W&B) reads ${source} as octal ${Number.parseInt(source, 8)}, here it is ${Number(source)}: write it without leading zeros`;
  }
  if (/^0o[0-7]+$/.test(source))
    return `YAML 1.1 (W&B) reads ${source} as text, here it is ${Number(source)}: write ${Number(source)}`;
  if (/^[-+]?\d[\d_]*_[\d_]*$/.test(source)) {
    return `YAML 1.1 (W&B) reads ${source} as ${Number(source.replaceAll('_', ''))}, here it is text: write it without underscores`;
  }
  if (/^[-+]?\d+(?::[0-5]?\d)+$/.test(source))
    return `YAML 1.1 (W&B) reads ${source} as a number to base 60, here it is text: quote it`;
  if (/^[-+]?0b[01]+$/.test(source))
    return `YAML 1.1 (W&B) reads ${source} as a binary number, here it is text: write it in decimal`;
  if (/^\d{4}-\d{2}-\d{2}$/.test(source)) return `YAML 1.1 (W&B) reads ${source} as a date, here it is text: quote it`;
  return undefined;
}

/** 1e-5 → 1.0e-5, 5e3 → 5.0e+3: a number in both versions. */
function withPoint(source: string): string {
  const [mantissa = '', exponent = ''] = source.toLowerCase().split('e');
  const sign = /^[-+]/.test(exponent) ? '' : '+';
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${sign}${exponent}`;
}
