/* DNA by its letters. */

export const BASES = ['A', 'C', 'G', 'T'];
/** The number of letters in a sequence. A junction, if there is one, is in the middle. */
export const LENGTH = 60;

export const CLASSES = [
  { code: 'EI', name: 'exon to intron' },
  { code: 'IE', name: 'intron to exon' },
  { code: 'N', name: 'no junction' },
] as const;

/** A 1 for the base at each position: [letters][4]; all 0 for a letter that stands for an unknown base. */
export function encoded(letters: string): number[][] {
  return [...letters].map((letter) => BASES.map((base) => Number(base === letter)));
}
