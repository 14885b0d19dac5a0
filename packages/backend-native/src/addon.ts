import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { DataError, DeviceError, OptionError, ShapeError, StateError } from '@recurra/core';
import { platformName } from './platform.js';

/** The classes of errors that the addon throws, in the order of FailureKind in addon/failure.h. */
const ERRORS = [DataError, DeviceError, OptionError, ShapeError, StateError];

/** Names an array of the device. 0 is an array that is absent. */
export type Handle = number;

/** The operations of the addon, which addon/operations documents. */
export type Operation =
  | 'unary'
  | 'affine'
  | 'binary'
  | 'select'
  | 'fill'
  | 'matmul'
  | 'recurrentForward'
  | 'recurrentBackward'
  | 'sum'
  | 'max'
  | 'softmax'
  | 'logSoftmax'
  | 'transpose'
  | 'slice'
  | 'paste'
  | 'gather'
  | 'scatterAdd'
  | 'denseForward'
  | 'denseBackward'
  | 'crossEntropyForward'
  | 'crossEntropyBackward'
  | 'scanForward'
  | 'scanBackward'
  | 'ctcForward'
  | 'ctcBackward'
  | 'create'
  | 'uploadStaged'
  | 'readStaged'
  | 'freeListed';

/**
 * A device of the addon. Its operations read their arguments from `shared`, and leave their results there, at the indices of fields.ts.
 * They check their arguments, and throw core's errors. Results are new arrays.
 */
export interface Native extends Readonly<Record<Operation, () => void>> {
  /** What people call the instruction set. */
  readonly instructions: string;
  readonly shared: Float64Array;
  /** Memory through which small arrays pass. */
  readonly staging: Float32Array;
  /** The arrays that the next call frees: how many, then their handles. */
  readonly freed: Int32Array;

  upload(data: Float32Array): void;
  uploadDoubles(data: Float64Array): void;
  uploadInt8(values: Int8Array, scales: Float32Array): void;
  read(to: Float32Array): void;
  /** Takes the handles of the parameters, of their gradients, and of the states of the first parameter, of the second, and so on. */
  optimizerStep(handles: Int32Array): void;
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
