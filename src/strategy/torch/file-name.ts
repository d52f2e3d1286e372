/** The file of a strategy's module: `published/v3` is `published_v3.py`. */
export function moduleFileName(name: string): string {
  return `${name.replaceAll(/[-/]/g, '_')}.py`;
}
