/*
 * All errors that Recurra throws. Each has a `name`, which minifiers do not change, so code can switch on it. The
 * message contains the actual and the expected value.
 */
import type { Shape } from './contract/tensor.js';

/** The maximum length of a message. Quoted values may come from a file and have any length. */
const maxMessage = 1000;

/** The base class of all errors: `error instanceof RecurraError`. */
export class RecurraError extends Error {
  override readonly name: string = 'RecurraError';

  /** @param message the message; if it is longer than {@link maxMessage} characters, its middle is omitted */
  constructor(message?: string, options?: ErrorOptions) {
    super(
      message && message.length > maxMessage ? `${message.slice(0, 700)} … ${message.slice(-290)}` : message,
      options,
    );
  }
}

/** Thrown for shapes that do not fit each other or a layer's input. */
export class ShapeError extends RecurraError {
  override readonly name = 'ShapeError';
}

/** Thrown for an unknown option or an invalid value. */
export class OptionError extends RecurraError {
  override readonly name = 'OptionError';
}

/** Thrown for data that cannot be used: NaN, ragged rows, a class out of range, an empty source. */
export class DataError extends RecurraError {
  override readonly name = 'DataError';
}

/** Thrown for a request that the model, layer or backend does not support. The message has the reason. */
export class UnsupportedError extends RecurraError {
  override readonly name = 'UnsupportedError';
}

/** Thrown for a model file that is truncated, damaged, malicious or of a different format. */
export class FormatError extends RecurraError {
  override readonly name = 'FormatError';
}

/** Thrown when the loss or the gradient is not finite. */
export class DivergenceError extends RecurraError {
  override readonly name = 'DivergenceError';
}

/** Thrown for a call to a network, stream or backend that is busy or was disposed. */
export class StateError extends RecurraError {
  override readonly name = 'StateError';
}

/** Thrown if a backend cannot start on this machine, or its device was lost. */
export class DeviceError extends RecurraError {
  override readonly name = 'DeviceError';
}

/** Thrown for the use of a tensor that was freed. */
export class FreedTensorError extends RecurraError {
  override readonly name = 'FreedTensorError';
  constructor(backend: string, shape: Shape) {
    super(`${backend}: a tensor of shape [${shape}] was used after it was freed`);
  }
}

/** Thrown for the use of a tensor that belongs to another backend. */
export class ForeignTensorError extends RecurraError {
  override readonly name = 'ForeignTensorError';
  constructor(backend: string) {
    super(`${backend}: this tensor belongs to another backend; use read and upload to copy it`);
  }
}
