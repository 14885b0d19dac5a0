/* Text fragments of the scoreboard, for Markdown and HTML. */
import type { KernelUse } from '@recurra/core/backend';
import type { Cell, Column } from './board.js';

/** An error as a share of the tolerance. */
export function percent(share: number): string {
  if (share === 0) return 'exact';
  if (share < 0.01) return '<1 %';
  return `${Math.round(share * 100)} %`;
}

/** The same as part of a sentence. */
export function error(share: number): string {
  return share === 0 ? 'no error' : `largest error: ${percent(share)} of the tolerance`;
}

/** A whole number with thousands separators. */
export function count(value: number): string {
  return value.toLocaleString('en');
}

/** States if a GPU backend ran on a real GPU or in software, unless its device name already does. */
export function adapter({ device, software }: Column): string | undefined {
  if (software === undefined) return undefined;
  const words = software ? 'software adapter' : 'hardware adapter';
  return device?.includes(words) ? undefined : words;
}

/** The implementations of a cell's kernels, as text. */
export function implementationOf(
  cell: Cell,
  kernels: readonly KernelUse[],
): 'fused' | 'composed' | 'both' | undefined {
  const implementations = new Set((cell.kernels ?? []).map((index) => kernels[index].implementation));
  return implementations.size > 1 ? 'both' : [...implementations][0];
}

/** The full text of a cell. */
export function describeCell(cell: Cell, kernels: readonly KernelUse[]): string {
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
