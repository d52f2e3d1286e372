/** The version that a name carries: versions 2 to 6 log what they chose, as the published code does; others do not. */
export function numberedVersion(name: string): number | null {
  const version = /^(?:published\/)?v([2-6])(?:-|$)/.exec(name)?.[1];
  return version === undefined ? null : Number(version);
}
