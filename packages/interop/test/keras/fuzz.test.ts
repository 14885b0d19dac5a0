import { readdirSync, readFileSync } from 'node:fs';
import { reference } from '@recurra/backend-reference';
import { FormatError, RecurraError } from '@recurra/core';
import { type ImportedModel, networkOf, readKerasArchive, readLayersModel } from '@recurra/interop';
import { strToU8, zipSync } from 'fflate';
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

  it('is not unpacked if it expands to much more than its size', () => {
    const bomb = zipSync({ 'config.json': new Uint8Array(50_000_000) }, { level: 9 });
    expect(bomb.length).toBeLessThan(1_000_000);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => readKerasArchive(bomb)).toThrow(/unpacks to more than/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * bomb.length + 64_000_000);
  });

  it('is rejected if it lacks a file or is truncated', () => {
    expect(() => readKerasArchive(zipSync({ 'config.json': new Uint8Array(1) }))).toThrow(
      /has no metadata\.json/,
    );
    expect(() => readKerasArchive(config.subarray(0, config.length / 2))).toThrow(FormatError);
  });
});

describe('a hostile model quickly gives a typed error', () => {
  const sequential = (layers: unknown[], weights: unknown[] = []) =>
    strToU8(
      JSON.stringify({
        format: 'layers-model',
        modelTopology: { class_name: 'Sequential', config: { layers } },
        weightsManifest: weights,
      }),
    );
  const layer = (class_name: string, config: object, i = 0) => ({
    class_name,
    config: { name: `l${i}`, batch_input_shape: [null, 4], ...config },
  });
  const many = Array.from({ length: 200_000 }, (_, i) => [`f${i}`, new Uint8Array()]);
  const nested = `${'['.repeat(1e6)}${']'.repeat(1e6)}`;
  const model = (bytes: Uint8Array) => readLayersModel(bytes, async () => new Uint8Array());
  it.each<[string, () => Uint8Array, (bytes: Uint8Array) => unknown]>([
    ['200,000 empty files', () => zipSync(Object.fromEntries(many), { level: 0 }), readKerasArchive],
    ['JSON nested a million deep', () => strToU8(`{"format":${nested}}`), model],
    ['100,000 layers', () => sequential(Array(1e5).fill(layer('Dropout', { rate: 0.1 }))), model],
    ['a repeat of 10^9', () => sequential([layer('RepeatVector', { n: 1e9 })]), model],
    ['10^9 units', () => sequential([layer('Dense', { units: 1e9 })]), model],
    ['names of megabytes', () => sequential([layer('X'.repeat(5e6), { name: 'y'.repeat(5e6) })]), model],
  ])('%s', async (_, make, read) => {
    const bytes = make();
    const before = process.cpuUsage();
    const error = await Promise.resolve(bytes)
      .then(read)
      .catch((error: unknown) => error);
    const { user, system } = process.cpuUsage(before);
    expect(error).toBeInstanceOf(RecurraError);
    expect((error as Error).message.length).toBeLessThan(10_000);
    expect((user + system) / 1e6, 'seconds').toBeLessThan(12);
  });
});
