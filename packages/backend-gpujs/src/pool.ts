import type { Texture } from './gpu.js';

/** What is kept free at most. */
const MOST_BYTES = 128 * 2 ** 20;

/**
 * Textures that nobody holds any more, for the next of their kind: a new one costs more than a launch. When it is full,
 * those of the kind that was not asked for the longest go first.
 */
export class TexturePool {
  readonly #free = new Map<string, Texture[]>();
  /** Of every texture that came through here. */
  readonly #kinds = new WeakMap<Texture, string>();
  #bytes = 0;

  /** Makes known of what kind a kernel's result is: what it holds and its sizes. */
  mark(texture: Texture, kind: string): void {
    this.#kinds.set(texture, kind);
  }

  /** So many of a kind, or none of them. */
  take(kind: string, count: number): Texture[] | undefined {
    const free = this.#free.get(kind);
    if (!free || free.length < count) return undefined;
    const taken = free.splice(free.length - count);
    this.#free.delete(kind);
    if (free.length > 0) this.#free.set(kind, free);
    for (const texture of taken) this.#bytes -= bytesOf(texture);
    return taken;
  }

  give(texture: Texture): void {
    const kind = this.#kinds.get(texture);
    if (kind === undefined) {
      texture.delete();
      return;
    }
    const free = this.#free.get(kind) ?? [];
    free.push(texture);
    this.#free.delete(kind);
    this.#free.set(kind, free);
    this.#bytes += bytesOf(texture);
    while (this.#bytes > MOST_BYTES) this.#dropOldest();
  }

  #dropOldest(): void {
    const [[kind, free]] = this.#free;
    const texture = free.shift() as Texture;
    if (free.length === 0) this.#free.delete(kind);
    this.#bytes -= bytesOf(texture);
    texture.delete();
  }
}

/** As if each had four channels. */
const bytesOf = ({ size: [width, height] }: Texture) => 16 * width * height;
