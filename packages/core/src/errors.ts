/*
 * Every error that Recurra throws. Each has a `name` to switch on, kept by minifiers, and a message that
 * says what was given and what was expected.
 */
import type { Shape } from './contract/tensor.js';

/** Characters of a message. What it quotes may come from a file, and be of any length. */
const maxMessage = 1000;

/** The base of them all: `error instanceof RecurraError`. */
export class RecurraError extends Error {
  override readonly name: string = 'RecurraError';

  /** @param message is cut in the middle where it is longer */
  constructor(message?: string, options?: ErrorOptions) {
    super(
      message && message.length > maxMessage ? `${message.slice(0, 700)} … ${message.slice(-290)}` : message,
      options,
    );
  }
}

/** Shapes that do not fit each other, or a layer's input. */
export class ShapeError extends RecurraError {
  override readonly name = 'ShapeError';
}

/** An option that does not exist, or has a value that it cannot have. */
export class OptionError extends RecurraError {
  override readonly name = 'OptionError';
}

/** Data that cannot be used: NaN, ragged rows, a class out of range, nothing at all. */
export class DataError extends RecurraError {
  override readonly name = 'DataError';
}

/** Something that this model, layer or backend cannot do, and why. */
export class UnsupportedError extends RecurraError {
  override readonly name = 'UnsupportedError';
}

/** A model file that is truncated, damaged, hostile, or of another kind. */
export class FormatError extends RecurraError {
  override readonly name = 'FormatError';
}

/** The loss stopped being a finite number. */
export class DivergenceError extends RecurraError {
  override readonly name = 'DivergenceError';
}

/** A network, stream or backend that is busy or was disposed of. */
export class StateError extends RecurraError {
  override readonly name = 'StateError';
}

/** A backend that cannot start here, or whose device was lost. */
export class DeviceError extends RecurraError {
  override readonly name = 'DeviceError';
}

/** A tensor that was freed before this use. */
export class FreedTensorError extends RecurraError {
  override readonly name = 'FreedTensorError';
  constructor(backend: string, shape: Shape) {
    super(`${backend}: a tensor of shape [${shape}] was used after it was freed`);
  }
}

/** A tensor that was not made by this backend. */
export class ForeignTensorError extends RecurraError {
  override readonly name = 'ForeignTensorError';
  constructor(backend: string) {
    super(
      `${backend}: a tensor of another backend was given; tensors move between backends by read and upload`,
    );
  }
}
