import type { Texture } from './gpu.js';

/** The size of the pool. */
const MAX_BYTES = 128 * 2 ** 20;

/**
 * Unused textures, which are kept for later results of the same kind, because a new texture costs more than a launch. If the
 * pool is full, it deletes textures of the kind that was used least recently.
 */
export class TexturePool {
  readonly #free = new Map<string, Texture[]>();
  /** The kind of every texture that was marked. */
  readonly #kinds = new WeakMap<Texture, string>();
  #bytes = 0;

  /** Records the kind of a kernel's result: its channels and its size. */
  mark(texture: Texture, kind: string): void {
    this.#kinds.set(texture, kind);
  }

  /** `count` textures of a kind; undefined if there are fewer. */
  take(kind: string, count: number): Texture[] | undefined {
    const free = this.#free.get(kind);
    if (!free || free.length < count) return undefined;
    const taken = free.splice(free.length - count);
    this.#free.delete(kind);
    if (free.length > 0) this.#free.set(kind, free);
    for (const texture of taken) this.#bytes -= bytesOf(texture);
    return taken;
  }

  /** Adds a texture, or deletes one that was never marked. */
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
    while (this.#bytes > MAX_BYTES) this.#deleteOldest();
  }

  #deleteOldest(): void {
    const [[kind, free]] = this.#free;
    const texture = free.shift() as Texture;
    if (free.length === 0) this.#free.delete(kind);
    this.#bytes -= bytesOf(texture);
    texture.delete();
  }
}

/** The bytes of a texture, as if each had four channels. */
const bytesOf = ({ size: [width, height] }: Texture) => 16 * width * height;
