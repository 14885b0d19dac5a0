/** Blocks start at, and are as long as, multiples of this many bytes: a cache line. */
const GRAIN = 64;

/** What is kept free at the end: kernels read up to 64 bytes past the end of an array. */
const MARGIN = 64;

/** Bins for each power of two of a free block's size. */
const BINS_PER_OCTAVE = 4;

/**
 * Hands out blocks of a linear memory. A block that is given back is kept as it is, for the next request of its size.
 * Where there is none, a larger free block is cut; where there is none of those either, all that was kept is first joined
 * with its free neighbours. So a program that repeats itself comes back to the same blocks and does not grow.
 */
export class Heap {
  readonly #growTo: (bytes: number) => boolean;
  /** Blocks that were given back and not yet joined: by their size, where they start. */
  readonly #kept = new Map<number, number[]>();
  readonly #bins: Set<number>[] = [];
  /** Free blocks: start to size, and end to start. */
  readonly #sizes = new Map<number, number>();
  readonly #starts = new Map<number, number>();
  #top: number;
  #held = 0;

  /**
   * @param base where the heap starts
   * @param growTo makes the memory this many bytes long; false where it cannot
   */
  constructor(base: number, growTo: (bytes: number) => boolean) {
    this.#top = Math.ceil(base / GRAIN) * GRAIN;
    this.#growTo = growTo;
  }

  /** Bytes in blocks that were handed out and not given back. */
  get held(): number {
    return this.#held;
  }

  /** The size of the block that is handed out for a request. */
  static blockSize(bytes: number): number {
    return Math.max(1, Math.ceil(bytes / GRAIN)) * GRAIN;
  }

  /** The address of a block of at least `bytes`, or undefined where memory is exhausted. */
  allocate(bytes: number): number | undefined {
    const size = Heap.blockSize(bytes);
    const start =
      this.#kept.get(size)?.pop() ?? this.#takeFree(size) ?? this.#takeJoined(size) ?? this.#takeNew(size);
    if (start !== undefined) this.#held += size;
    return start;
  }

  /** Takes back a block that {@link allocate} gave for `bytes`. */
  free(start: number, bytes: number): void {
    const size = Heap.blockSize(bytes);
    this.#held -= size;
    const kept = this.#kept.get(size);
    if (kept) kept.push(start);
    else this.#kept.set(size, [start]);
  }

  /** A block from the bins, once all blocks that were kept are in there. */
  #takeJoined(size: number): number | undefined {
    for (const [size, starts] of this.#kept) for (const start of starts) this.#join(start, size);
    this.#kept.clear();
    return this.#takeFree(size);
  }

  #join(start: number, size: number): void {
    const next = this.#sizes.get(start + size);
    if (next !== undefined) {
      this.#removeFree(start + size, next);
      size += next;
    }
    const previous = this.#starts.get(start);
    if (previous !== undefined) {
      size += start - previous;
      this.#removeFree(previous, start - previous);
    }
    this.#addFree(previous ?? start, size);
  }

  #takeFree(size: number): number | undefined {
    // Every block of a bin above the request's own is large enough; in its own some are.
    const own = binOf(size);
    for (let bin = own; bin < this.#bins.length; bin++) {
      for (const start of this.#bins[bin] ?? []) {
        const found = this.#sizes.get(start) as number;
        if (found < size) continue;
        this.#removeFree(start, found);
        if (found > size) this.#addFree(start + size, found - size);
        return start;
      }
    }
    return undefined;
  }

  #takeNew(size: number): number | undefined {
    // A free block at the end is made longer.
    const start = this.#starts.get(this.#top) ?? this.#top;
    if (!this.#growTo(start + size + MARGIN)) return undefined;
    if (start < this.#top) this.#removeFree(start, this.#top - start);
    this.#top = start + size;
    return start;
  }

  #addFree(start: number, size: number): void {
    const bin = binOf(size);
    for (let i = this.#bins.length; i <= bin; i++) this.#bins.push(new Set());
    this.#bins[bin].add(start);
    this.#sizes.set(start, size);
    this.#starts.set(start + size, start);
  }

  #removeFree(start: number, size: number): void {
    this.#bins[binOf(size)].delete(start);
    this.#sizes.delete(start);
    this.#starts.delete(start + size);
  }
}

function binOf(size: number): number {
  return Math.floor(Math.log2(size / GRAIN) * BINS_PER_OCTAVE);
}
