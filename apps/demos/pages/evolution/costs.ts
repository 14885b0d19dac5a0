/* What a score has cost each network. */

/**
 * The evaluations that a step of BPTT counts as, where an evaluation is the forward pass of one batch: its
 * forward pass, and a backward pass of about twice the work.
 */
export const BPTT_STEP = 3;

/** The evaluations of a network after `step` steps of BPTT, or as many generations. */
export function evaluations(name: string, step: number, population: number): number {
  return step * (name === 'BPTT' ? BPTT_STEP : population);
}
