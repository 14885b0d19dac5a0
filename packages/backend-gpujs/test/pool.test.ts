/* Textures that nobody holds are used again, and do not pile up. */
import { expect, test } from 'vitest';
import type { Texture } from '../src/gpu.js';
import { TexturePool } from '../src/pool.js';

const SIDE = 1024;
const MEGABYTES = 16;

/** A texture of 16 MiB that tells when it is deleted. */
function texture(deleted: Texture[]): Texture {
  const made: Texture = {
    texture: {},
    size: Int32Array.of(SIDE, SIDE),
    output: [SIDE, SIDE],
    delete: () => deleted.push(made),
  };
  return made;
}

test('so many of a kind are taken, or none', () => {
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

test('above 128 MiB those are deleted whose kind was not asked for the longest', () => {
  const deleted: Texture[] = [];
  const pool = new TexturePool();
  const made = Array.from({ length: 128 / MEGABYTES + 2 }, (_, i) => {
    const each = texture(deleted);
    pool.mark(each, i < 2 ? 'old' : 'new');
    return each;
  });
  for (const each of made) pool.give(each);
  expect(deleted).toEqual(made.slice(0, 2));
  expect(pool.take('old', 1)).toBeUndefined();
  expect(pool.take('new', 128 / MEGABYTES)).toHaveLength(128 / MEGABYTES);
});

test('a texture of no known kind is deleted', () => {
  const deleted: Texture[] = [];
  const stranger = texture(deleted);
  new TexturePool().give(stranger);
  expect(deleted).toEqual([stranger]);
});
