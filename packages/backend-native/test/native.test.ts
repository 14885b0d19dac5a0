import { readFileSync } from 'node:fs';
import { DataError, DeviceError, OptionError, ShapeError, StateError } from '@recurra/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Native, openDevice } from '../src/addon.js';
import { F } from '../src/fields.js';
import { native } from '../src/index.js';
import { release } from '../src/memory.js';
import { device, fill, missing, read, run, upload, write } from './device.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.doUnmock('node:fs');
  vi.resetModules();
});

it('says how to get the addon where there is none', async () => {
  vi.doMock('node:fs', () => ({ existsSync: () => false }));
  vi.resetModules();
  const { native: missing } = await import('../src/index.js');
  await expect(missing()).rejects.toThrow(
    /^native: there is no compiled addon for .*npx recurra-build-native.*apt-get install g\+\+\)$/,
  );
});

it('refuses unknown instruction sets', async () => {
  await expect(native({ instructions: 'mmx' as 'auto' })).rejects.toThrow(OptionError);
  vi.stubEnv('RECURRA_NATIVE_INSTRUCTIONS', 'mmx');
  await expect(native()).rejects.toThrow(/RECURRA_NATIVE_INSTRUCTIONS must be 'auto'/);
});

it('names the shared numbers as the addon does', () => {
  const header = readFileSync(new URL('../addon/fields.h', import.meta.url), 'utf8');
  const [, list] = /enum Field \{([^}]*)\}/.exec(header) as RegExpExecArray;
  const names = [...list.matchAll(/^ +([A-Z]\w*),$/gm)].map(([, name]) =>
    name.toLowerCase().replace(/_(.)/g, (_, letter) => letter.toUpperCase()),
  );
  expect(Object.entries(F)).toEqual(names.map((name, index) => [name, index]));
});

it.runIf(device)('uploads and reads any kind of numbers, small and large arrays', async () => {
  const backend = await native();
  for (const size of [3, (device as Native).staging.length + 1]) {
    const numbers = Array.from({ length: size }, (_, i) => i / 3);
    for (const data of [numbers, Float32Array.from(numbers), Float64Array.from(numbers)]) {
      const x = backend.upload(data, [size]);
      expect(await backend.read(x)).toEqual(Float32Array.from(numbers));
      expect(await backend.read(x)).not.toBe(await backend.read(x));
    }
  }
  backend.dispose();
});

describe.runIf(device)(`the addon${missing ? `: ${missing}` : ''}`, () => {
  const native = device as Native;

  it('checks handles', () => {
    const x = upload(native, 1, 2, 3);
    release(native, x);
    const again = upload(native, 1, 2, 3);
    for (const handle of [x, 0, -1, 12345, again + 0.5, 2 ** 40, Number.NaN])
      expect(() => run(native, 'unary', { x: handle })).toThrow(StateError);
    release(native, again);
  });

  it('frees what is listed with the next call, and refuses handles of no array', () => {
    const [x, y] = [upload(native, 1), upload(native, 2)];
    release(native, x);
    release(native, x);
    release(native, y);
    // The last one is freed first: y, x, and x once more, which is wrong.
    expect(() => native.freeListed()).toThrow(StateError);
    native.freeListed();
    for (const handle of [x, y]) expect(() => read(native, handle, 1)).toThrow(StateError);
    for (const count of [-1, 2 ** 30]) {
      native.freed[0] = count;
      native.freed[native.freed.length - 1] = 0;
      if (count > 0) expect(() => native.freeListed()).toThrow(StateError);
      native.freed[0] = 0;
    }
  });

  it('checks lengths, shapes and codes', () => {
    const x = upload(native, 1, 2, 3, 4, 5, 6);
    for (const code of [9, -1, Number.NaN])
      expect(() => run(native, 'unary', { code, x })).toThrow(DataError);
    expect(() => read(native, x, 5)).toThrow(ShapeError);
    for (const operation of ['uploadStaged', 'readStaged'] as const)
      expect(() => run(native, operation, { x, size: native.staging.length + 1 })).toThrow(ShapeError);
    expect(() => run(native, 'readStaged', { x, size: 5 })).toThrow(ShapeError);
    write(native, { x });
    for (const wrong of [new Float64Array(6), [6], undefined])
      expect(() => native.read(wrong as never)).toThrow(DataError);
    expect(() => native.uploadDoubles(new Float32Array(6) as never)).toThrow(DataError);
    const product = { a: x, b: x, count: 1 };
    expect(() => run(native, 'matmul', { ...product, m: 2, n: 2, k: 2 })).toThrow(ShapeError);
    expect(() => run(native, 'matmul', { ...product, m: 2 ** 40, n: 2 ** 40, k: 0 })).toThrow(ShapeError);
    expect(() => fill(native, 2 ** 45, 0)).toThrow(DeviceError);
    expect(() => fill(native, 1.5, 0)).toThrow(ShapeError);
    const shape = [1, 1, 2, 3];
    expect(() => run(native, 'binary', { a: x, b: x }, shape, [1, 1, 1, 6])).toThrow(ShapeError);
    expect(() => run(native, 'slice', { x }, shape, [0, 0, 1, 2], [1, 1, 1, 2])).toThrow(ShapeError);
    expect(() => run(native, 'transpose', { x }, shape, [0, 1, 2, 2])).toThrow(ShapeError);
    expect(() => run(native, 'gather', { x, indices: x, rows: 2, columns: 3 })).toThrow(DataError);
    release(native, x);
  });

  it('runs several devices, and refuses calls after it was disposed of', () => {
    const other = openDevice('auto');
    upload(other, 1);
    other.dispose();
    expect(() => fill(other, 1, 0)).toThrow(StateError);
    release(native, fill(native, 1, 0));
  });
});
