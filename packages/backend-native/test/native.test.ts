import { DataError, DeviceError, OptionError, ShapeError, StateError } from '@recurra/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Native, openDevice } from '../src/addon.js';
import { native } from '../src/index.js';
import { device, missing } from './device.js';

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

describe.runIf(device)(`the addon${missing ? `: ${missing}` : ''}`, () => {
  const native = device as Native;

  it('checks handles', () => {
    const x = native.upload(Float32Array.of(1, 2, 3));
    native.free(x);
    const again = native.upload(Float32Array.of(1, 2, 3));
    for (const handle of [x, 0, -1, 12345]) expect(() => native.unary(0, handle)).toThrow(StateError);
    expect(() => native.unary(0, undefined as never)).toThrow(DataError);
    native.free(again);
  });

  it('checks lengths, shapes and codes', () => {
    const x = native.upload(Float32Array.of(1, 2, 3, 4, 5, 6));
    const shape = (index: number, ...sizes: number[]) => native.shared.set(sizes, index);
    expect(() => native.unary(9, x)).toThrow(DataError);
    expect(() => native.read(x, new Float32Array(5))).toThrow(ShapeError);
    expect(() => native.read(x, new Float64Array(6) as never)).toThrow(DataError);
    expect(() => native.matmul(x, x, false, false, 1, 2, 2, 2)).toThrow(ShapeError);
    expect(() => native.matmul(x, x, false, false, 1, 2 ** 40, 2 ** 40, 0)).toThrow(ShapeError);
    expect(() => native.fill(2 ** 45, 0)).toThrow(DeviceError);
    expect(() => native.fill(1.5, 0)).toThrow(ShapeError);
    shape(0, 1, 1, 2, 3);
    shape(4, 1, 1, 1, 6);
    expect(() => native.binary(0, x, x)).toThrow(ShapeError);
    shape(4, 0, 0, 1, 2);
    shape(8, 1, 1, 1, 2);
    expect(() => native.slice(x)).toThrow(ShapeError);
    shape(4, 0, 1, 2, 2);
    expect(() => native.transpose(x)).toThrow(ShapeError);
    expect(() => native.gather(x, x, 2, 3)).toThrow(DataError);
    native.free(x);
  });

  it('runs several devices, and refuses calls after it was disposed of', () => {
    const other = openDevice('auto');
    other.upload(Float32Array.of(1));
    other.dispose();
    expect(() => other.fill(1, 0)).toThrow(StateError);
    native.free(native.fill(1, 0));
  });
});
