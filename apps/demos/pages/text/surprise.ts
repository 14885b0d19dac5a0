/** The shade behind a character: none if its probability was 1, full if it was 1/256 or less. */
export function surprise(probability: number): Record<string, string> {
  const bits = Math.min(8, -Math.log2(Math.max(probability, 1e-9)));
  return { '--surprise': `${(bits * 6).toFixed(0)}%` };
}
