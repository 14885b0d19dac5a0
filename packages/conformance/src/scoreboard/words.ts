/* Texts of the scoreboard, for Markdown and HTML. */
import type { KernelUse } from '@recurra/core/backend';
import type { Cell, Column } from './board.js';

/** An error as a share of the tolerance. */
export function percent(share: number): string {
  if (share === 0) return 'exact';
  if (share < 0.01) return '<1 %';
  return `${Math.round(share * 100)} %`;
}

/** As a sentence says it. */
export function error(share: number): string {
  return share === 0 ? 'no error' : `largest error: ${percent(share)} of the tolerance`;
}

/** A whole number with a mark at the thousands. */
export function count(value: number): string {
  return value.toLocaleString('en');
}

/** Whether it ran on a GPU or in software, for backends of GPUs whose device does not say so. */
export function adapter({ device, software }: Column): string | undefined {
  if (software === undefined) return undefined;
  const words = software ? 'software adapter' : 'hardware adapter';
  return device?.includes(words) ? undefined : words;
}

/** How a cell's kernels ran. */
export function implementationOf(
  cell: Cell,
  kernels: readonly KernelUse[],
): 'fused' | 'composed' | 'both' | undefined {
  const implementations = new Set((cell.kernels ?? []).map((index) => kernels[index].implementation));
  return implementations.size > 1 ? 'both' : [...implementations][0];
}

/** All that is known of a cell. */
export function tell(cell: Cell, kernels: readonly KernelUse[]): string {
  const { status, reason, worst } = cell;
  return [
    reason === undefined ? status : `${status}: ${reason}`,
    worst === undefined ? [] : error(worst),
    (cell.kernels ?? []).map((index) => tellKernel(kernels[index])),
  ]
    .flat()
    .join('\n');
}

function tellKernel({ kernel, implementation, reason }: KernelUse): string {
  return `${kernel}: ${implementation}${reason === undefined ? '' : ` (${reason})`}`;
}
