import { readdirSync, readFileSync } from 'node:fs';
import { reference } from '@recurra/backend-reference';
import { FormatError } from '@recurra/core';
import { type ImportedModel, networkOf, readKerasArchive, readLayersModel } from '@recurra/interop';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { mutate, survives } from '../fuzz.js';

const backend = await reference();
const data = new URL('../data/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, data));
const build = (imported: ImportedModel) => networkOf(imported, backend).dispose();

describe('5,000 damaged files', () => {
  it('model.json and weights.bin', async () => {
    const names = readdirSync(new URL('keras-models/', data)).filter((name) => !name.includes('.'));
    const weights = new Map(
      names.map((name) => [
        read(`keras-models/${name}/model.json`),
        read(`keras-models/${name}/weights.bin`),
      ]),
    );
    const files = [...weights.keys()];
    let n = 0;
    await survives(files, 5000, async (json, draw) => {
      const bin = weights.get(files[n++ % files.length]) as Uint8Array;
      const shard = draw.uniform() < 0.2 ? mutate(bin, draw) : bin;
      build(await readLayersModel(json, async () => shard));
    });
  });

  it('.keras archives', async () => {
    const names = readdirSync(new URL('keras3/', data)).filter((name) => name.endsWith('.keras'));
    await survives(
      names.map((name) => read(`keras3/${name}`)),
      5000,
      (file) => build(readKerasArchive(file)),
    );
  });
});

describe('a zip archive', () => {
  const config = read('keras3/functional.keras');

  it('that unpacks to much more than it is, is not unpacked', () => {
    const bomb = zipSync({ 'config.json': new Uint8Array(50_000_000) }, { level: 9 });
    expect(bomb.length).toBeLessThan(1_000_000);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => readKerasArchive(bomb)).toThrow(/unpacks to more than/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * bomb.length + 64_000_000);
  });

  it('that lacks a file, or is cut short, is refused', () => {
    expect(() => readKerasArchive(zipSync({ 'config.json': new Uint8Array(1) }))).toThrow(
      /has no metadata\.json/,
    );
    expect(() => readKerasArchive(config.subarray(0, config.length / 2))).toThrow(FormatError);
  });
});
