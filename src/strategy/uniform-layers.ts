/** `floor((i+1)·N/k + 1/2) − 1` for i = 0 … k−1, in integer arithmetic; the last layer is always in. 12, 5 → 1, 4, 6, 9, 11. */
export function uniformLayers(teacherLayers: number, k: number): number[] {
  return Array.from({ length: k }, (_, i) => Math.floor((2 * (i + 1) * teacherLayers + k) / (2 * k)) - 1);
}
