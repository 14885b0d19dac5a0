/** Addresses and sizes of blocks are multiples of this many bytes: a cache line. */
const ALIGNMENT = 64;

/** Bytes left unused at the end of the memory, because kernels read up to 64 bytes past the end of an array. */
const PADDING = 64;

/** The number of sizes, in steps of {@link ALIGNMENT}, that count as small. */
const SMALL_SIZES = 512;

/** Bins for each power of two of a free block's size. */
const BINS_PER_OCTAVE = 4;

/**
 * Allocates blocks of a linear memory. A freed block is kept whole, for the next request of the same size. If
 * there is no block of a requested size, a larger free block is split. If there is none, the kept blocks are
 * merged with their free neighbours and the search is repeated. Only then does the memory grow. So a program
 * that repeats the same steps uses the same blocks, and its memory does not grow.
 */
export class Heap {
  readonly #growTo: (bytes: number) => boolean;
  /** The addresses of freed blocks that have not been merged. Small ones by size / ALIGNMENT, which is faster than a map. */
  readonly #small: number[][] = Array.from({ length: SMALL_SIZES }, () => []);
  /** The others, by size. */
  readonly #large = new Map<number, number[]>();
  /** The addresses of merged free blocks, in bins by size. */
  readonly #bins: Set<number>[] = [];
  /** Merged free blocks: from start to size, and from end to start. */
  readonly #sizes = new Map<number, number>();
  readonly #starts = new Map<number, number>();
  #top: number;
  #held = 0;

  /**
   * @param base the first address of the heap
   * @param growTo grows the memory to this many bytes; returns false if it cannot
   */
  constructor(base: number, growTo: (bytes: number) => boolean) {
    this.#top = Math.ceil(base / ALIGNMENT) * ALIGNMENT;
    this.#growTo = growTo;
  }

  /** Bytes in blocks that are allocated and not freed. */
  get held(): number {
    return this.#held;
  }

  /** The size of the block for a request of `bytes`. */
  static blockSize(bytes: number): number {
    return Math.max(1, Math.ceil(bytes / ALIGNMENT)) * ALIGNMENT;
  }

  /** The address of a new block of at least `bytes`, or undefined if memory is exhausted. */
  allocate(bytes: number): number | undefined {
    const size = Heap.blockSize(bytes);
    const start =
      this.#unmerged(size)?.pop() ?? this.#takeFree(size) ?? this.#takeMerged(size) ?? this.#takeNew(size);
    if (start !== undefined) this.#held += size;
    return start;
  }

  /** Frees a block that {@link allocate} returned for `bytes`. */
  free(start: number, bytes: number): void {
    const size = Heap.blockSize(bytes);
    this.#held -= size;
    const sameSize = this.#unmerged(size);
    if (sameSize) sameSize.push(start);
    else this.#large.set(size, [start]);
  }

  /** The freed blocks of this size that have not been merged; undefined if there never was one, and the size is large. */
  #unmerged(size: number): number[] | undefined {
    return size < SMALL_SIZES * ALIGNMENT ? this.#small[size / ALIGNMENT] : this.#large.get(size);
  }

  /** Merges all freed blocks with their neighbours, and looks for a free block again. */
  #takeMerged(size: number): number | undefined {
    for (const [size, starts] of this.#large) for (const start of starts) this.#merge(start, size);
    this.#large.clear();
    this.#small.forEach((starts, size) => {
      for (const start of starts) this.#merge(start, size * ALIGNMENT);
      starts.length = 0;
    });
    return this.#takeFree(size);
  }

  #merge(start: number, size: number): void {
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
    // In the bin of the requested size only some blocks are large enough; in every higher bin all are.
    for (let bin = binOf(size); bin < this.#bins.length; bin++) {
      for (const start of this.#bins[bin] ?? []) {
        const available = this.#sizes.get(start) as number;
        if (available < size) continue;
        this.#removeFree(start, available);
        if (available > size) this.#addFree(start + size, available - size);
        return start;
      }
    }
    return undefined;
  }

  #takeNew(size: number): number | undefined {
    // A free block at the end of the heap is extended.
    const start = this.#starts.get(this.#top) ?? this.#top;
    if (!this.#growTo(start + size + PADDING)) return undefined;
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
  return Math.floor(Math.log2(size / ALIGNMENT) * BINS_PER_OCTAVE);
}
