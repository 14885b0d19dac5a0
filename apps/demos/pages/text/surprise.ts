/** The shade behind a character: none for one that was certain, full for one that was given 1 in 256 or less. */
export function surprise(probability: number): Record<string, string> {
  const bits = Math.min(8, -Math.log2(Math.max(probability, 1e-9)));
  return { '--surprise': `${(bits * 6).toFixed(0)}%` };
}
