import { DeviceError } from '@recurra/core';
import { type Handle, type Native, type Operation, openDevice } from '../src/addon.js';
import { F } from '../src/fields.js';

/** A device of the addon, or the reason why there is none, so that tests are skipped. In CI there must be one. */
export const { device, missing } = openOrReason();

function openOrReason(): { device?: Native; missing?: string } {
  try {
    return { device: openDevice('auto') };
  } catch (error) {
    if (!(error instanceof DeviceError) || process.env.CI) throw error;
    return { missing: error.message };
  }
}

/** Shared numbers by name. */
export type Numbers = Partial<Record<keyof typeof F, number>>;

/** Makes `numbers` the shared ones, and all others 0. @param shapes those of the operands, each with four axes */
export function write({ shared }: Native, numbers: Numbers, ...shapes: number[][]): void {
  shared.fill(0);
  for (const [name, number] of Object.entries(numbers)) shared[F[name as keyof typeof F]] = number;
  shared.set(shapes.flat(), F.shapes);
}

/** Calls an operation with these numbers, and returns y. */
export function run(native: Native, operation: Operation, numbers: Numbers, ...shapes: number[][]): Handle {
  write(native, numbers, ...shapes);
  native[operation]();
  return native.shared[F.y];
}

export function upload(native: Native, ...numbers: number[]): Handle {
  native.upload(Float32Array.from(numbers));
  return native.shared[F.y];
}

/** An array of `size` equal numbers. */
export function fill(native: Native, size: number, value: number): Handle {
  return run(native, 'fill', { size, shift: value });
}

export function read(native: Native, x: Handle, size: number): Float32Array {
  write(native, { x });
  const data = new Float32Array(size);
  native.read(data);
  return data;
}
