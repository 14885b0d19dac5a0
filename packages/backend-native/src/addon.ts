import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { DataError, DeviceError, OptionError, ShapeError, StateError } from '@recurra/core';
import { platformName } from './platform.js';

/** The classes of errors that the addon throws, in the order of FailureKind in addon/failure.h. */
const ERRORS = [DataError, DeviceError, OptionError, ShapeError, StateError];

/** Names an array of the device. 0 is an array that is absent. */
export type Handle = number;

/**
 * A device of the addon; addon/operations documents each function. Functions check their arguments, and throw core's errors.
 * Results are new arrays.
 */
export interface Native {
  /** What people call the instruction set. */
  readonly instructions: string;
  /** Shapes, padded in front to four axes, that the next call reads; and handles that the last call returned beside its result. */
  readonly shared: Float64Array;

  unary(op: number, x: Handle): Handle;
  affine(x: Handle, scale: number, shift: number): Handle;
  binary(op: number, a: Handle, b: Handle): Handle;
  select(condition: Handle, a: Handle, b: Handle): Handle;
  fill(size: number, value: number): Handle;
  matmul(
    a: Handle,
    b: Handle,
    transposeA: boolean,
    transposeB: boolean,
    count: number,
    m: number,
    n: number,
    k: number,
  ): Handle;
  /** Reads the shared numbers that codes.ts names, and leaves its results there. */
  recurrentForward(): void;
  recurrentBackward(): void;
  sum(x: Handle, axes: number): Handle;
  max(x: Handle, axes: number): Handle;
  softmax(x: Handle, columns: number): Handle;
  logSoftmax(x: Handle, columns: number): Handle;
  transpose(x: Handle): Handle;
  slice(x: Handle): Handle;
  paste(x: Handle, y: Handle, rows: number, width: number, rowWidth: number, start: number): void;
  gather(table: Handle, indices: Handle, rows: number, width: number): Handle;
  scatterAdd(indices: Handle, updates: Handle, rows: number, width: number): Handle;

  denseForward(
    activation: number,
    alpha: number,
    beta: number,
    x: Handle,
    kernel: Handle,
    bias: Handle,
    rows: number,
    inputSize: number,
    units: number,
    training: boolean,
  ): Handle;
  denseInt8Forward(
    activation: number,
    alpha: number,
    beta: number,
    x: Handle,
    kernel: Handle,
    bias: Handle,
    rows: number,
    inputSize: number,
    units: number,
  ): Handle;
  denseBackward(
    activation: number,
    alpha: number,
    beta: number,
    x: Handle,
    kernel: Handle,
    bias: Handle,
    y: Handle,
    arguments_: Handle,
    dy: Handle,
    rows: number,
    inputSize: number,
    units: number,
    inputGradient: boolean,
  ): Handle;
  crossEntropyForward(
    logits: Handle,
    targets: Handle,
    weights: Handle,
    rows: number,
    classes: number,
    training: boolean,
  ): Handle;
  crossEntropyBackward(
    probabilities: Handle,
    targets: Handle,
    weights: Handle,
    dLoss: Handle,
    rows: number,
    classes: number,
  ): Handle;
  scanForward(
    a: Handle,
    b: Handle,
    initialState: Handle,
    lengths: Handle,
    time: number,
    batch: number,
    units: number,
    reverse: boolean,
  ): Handle;
  scanBackward(
    a: Handle,
    initialState: Handle,
    lengths: Handle,
    y: Handle,
    dy: Handle,
    dState: Handle,
    time: number,
    batch: number,
    units: number,
    reverse: boolean,
  ): Handle;
  ctcForward(
    logits: Handle,
    targets: Handle,
    lengths: Handle,
    targetLengths: Handle,
    time: number,
    batch: number,
    classes: number,
    labels: number,
    blank: number,
    training: boolean,
  ): Handle;
  ctcBackward(
    logits: Handle,
    targets: Handle,
    lengths: Handle,
    targetLengths: Handle,
    alphas: Handle,
    totals: Handle,
    dLosses: Handle,
    time: number,
    batch: number,
    classes: number,
    labels: number,
    blank: number,
  ): Handle;
  optimizerStep(optimizer: number, handles: Int32Array, count: number, guard: Handle): number;

  create(size: number): Handle;
  upload(data: Float32Array): Handle;
  /** Int8 weights, which only `denseInt8Forward` and `recurrentForward` take. */
  uploadInt8(values: Int8Array, scales: Float32Array, rows: number, columns: number): Handle;
  read(x: Handle, to: Float32Array): void;
  free(x: Handle): void;
  dispose(): void;
}

interface Addon {
  open(instructions: string, threads: number, sharesAll: boolean, errors: typeof ERRORS): Native;
}

/**
 * Loads the addon, and opens a device.
 * @param threads 1 to 64
 * @param sharesAll true to run everything that can be shared on all threads, for tests
 * @throws DeviceError if there is no addon for this platform, or the processor lacks the instructions; OptionError if the addon was
 *   not built with them
 */
export function openDevice(instructions: string, threads = 1, sharesAll = false): Native {
  return loadAddon().open(instructions, threads, sharesAll, ERRORS);
}

/** Loads the file that RECURRA_NATIVE_ADDON names, else that of the platform's package, else what was compiled here. */
function loadAddon(): Addon {
  const require = createRequire(import.meta.url);
  const path = process.env.RECURRA_NATIVE_ADDON ?? packaged(require) ?? compiled();
  if (!existsSync(path)) {
    throw new DeviceError(
      `native: there is no compiled addon for ${platformName()}; compile it with \`npx recurra-build-native\`, which needs a C++ compiler (on Debian: apt-get install g++)`,
    );
  }
  try {
    return require(path);
  } catch (cause) {
    throw new DeviceError(
      `native: the addon does not load: ${(cause as Error).message}; compile it with \`npx recurra-build-native\``,
      { cause },
    );
  }
}

/** The addon of the optional package for this platform; undefined if that is not installed. */
function packaged(require: NodeJS.Require): string | undefined {
  try {
    return require.resolve(`@recurra/backend-native-${platformName()}`);
  } catch {
    return undefined;
  }
}

function compiled(): string {
  return fileURLToPath(new URL(`../build/recurra-${process.platform}-${process.arch}.node`, import.meta.url));
}
