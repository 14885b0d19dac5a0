/* Windows that slide over an axis: what one output of a convolution or of a pooling sees. */

/** How windows slide. */
export interface Sliding {
  /** How many elements a window has. */
  readonly size: number;
  /** Elements from one window to the next. */
  readonly stride: number;
  /** 'valid': windows lie inside; 'same': ⌈length / stride⌉ windows, padded on both sides; 'causal': padded before. */
  readonly padding: 'valid' | 'same' | 'causal';
}

/** How many windows `length` elements have. */
export function windowCount(length: number, { size, stride, padding }: Sliding): number {
  return padding === 'valid'
    ? Math.max(0, Math.floor((length - size) / stride) + 1)
    : Math.ceil(length / stride);
}

/** How far before the first of `length` elements the first window begins. Of 'same', the larger half is after the last. */
export function paddingBefore(length: number, sliding: Sliding): number {
  const { size, stride, padding } = sliding;
  if (padding === 'causal') return size - 1;
  if (padding === 'valid') return 0;
  const missing = (windowCount(length, sliding) - 1) * stride + size - length;
  return Math.floor(Math.max(0, missing) / 2);
}

/** What a window sees past the ends: nothing, which is -1, or the element that is nearest. */
export type Outside = 'nothing' | 'nearest';

/**
 * The element that each window sees at each of its positions, window by window.
 * @param count how many windows; those past the last see nothing
 */
export function windowElements(
  length: number,
  sliding: Sliding,
  outside: Outside = 'nothing',
  count = windowCount(length, sliding),
): number[] {
  const { size, stride } = sliding;
  const before = paddingBefore(length, sliding);
  const own = Math.min(count, windowCount(length, sliding));
  return Array.from({ length: count * size }, (_, i) => {
    if (i >= own * size) return -1;
    const element = Math.floor(i / size) * stride + (i % size) - before;
    const inside = Math.min(Math.max(element, 0), length - 1);
    return outside === 'nearest' || element === inside ? inside : -1;
  });
}
