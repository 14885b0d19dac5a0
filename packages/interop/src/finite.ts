import { FormatError, type Shape } from '@recurra/core';

interface Numbers {
  readonly data: ArrayLike<number>;
  readonly shape: Shape;
}

/**
 * @param what the name of the array in messages
 * @param options.infinities allow infinities, but not NaN. Default false
 * @throws FormatError for an element that is NaN or infinite, with its indices
 */
export function checkFinite(
  what: string,
  { data, shape }: Numbers,
  { infinities = false }: { readonly infinities?: boolean } = {},
): void {
  let sum = 0;
  // A finite number times 0 is 0; any other makes the sum NaN.
  for (let i = 0; i < data.length; i++) sum += data[i] * 0;
  if (sum === 0) return;
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i]) || (infinities && !Number.isNaN(data[i]))) continue;
    const expected = infinities ? 'a number' : 'a finite number';
    throw new FormatError(`${what}: element [${indices(i, shape)}] must be ${expected}, not ${data[i]}`);
  }
}

/** The indices of an element in each axis. */
function indices(offset: number, shape: Shape): number[] {
  const path: number[] = [];
  let rest = offset;
  for (const size of [...shape].reverse()) {
    path.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return path;
}
