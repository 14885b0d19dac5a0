/* Unused textures are reused, and do not accumulate. */
import { expect, test } from 'vitest';
import type { Texture } from '../src/gpu.js';
import { TexturePool } from '../src/pool.js';

const SIDE = 1024;
const MEGABYTES = 16;

/** A texture of 16 MiB that is added to `deleted` when it is deleted. */
function texture(deleted: Texture[]): Texture {
  const texture: Texture = {
    texture: {},
    size: Int32Array.of(SIDE, SIDE),
    output: [SIDE, SIDE],
    delete: () => deleted.push(texture),
  };
  return texture;
}

test('as many of a kind as requested are taken, or none', () => {
  const deleted: Texture[] = [];
  const pool = new TexturePool();
  const [a, b] = [texture(deleted), texture(deleted)];
  for (const each of [a, b]) {
    pool.mark(each, 'a kind');
    pool.give(each);
  }
  expect(pool.take('another', 1)).toBeUndefined();
  expect(pool.take('a kind', 3)).toBeUndefined();
  expect(pool.take('a kind', 2)).toEqual([a, b]);
  expect(pool.take('a kind', 1)).toBeUndefined();
  expect(deleted).toEqual([]);
});

test('above 128 MiB the kind that was used least recently is deleted first', () => {
  const deleted: Texture[] = [];
  const pool = new TexturePool();
  const textures = Array.from({ length: 128 / MEGABYTES + 2 }, (_, i) => {
    const each = texture(deleted);
    pool.mark(each, i < 2 ? 'old' : 'new');
    return each;
  });
  for (const each of textures) pool.give(each);
  expect(deleted).toEqual(textures.slice(0, 2));
  expect(pool.take('old', 1)).toBeUndefined();
  expect(pool.take('new', 128 / MEGABYTES)).toHaveLength(128 / MEGABYTES);
});

test('a texture of unknown kind is deleted', () => {
  const deleted: Texture[] = [];
  const unmarked = texture(deleted);
  new TexturePool().give(unmarked);
  expect(deleted).toEqual([unmarked]);
});
