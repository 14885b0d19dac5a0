import { type Tensor, UnsupportedError } from '@recurra/core';
import { type Arrays, NAME } from './memory.js';

/** Stands in for an operation until it is filled in. Delete this file with its last call. */
export function missing({ get }: Arrays, operation: string, given: Record<string, unknown>): never {
  // A freed or foreign tensor is refused first, as it will be by the operation itself.
  for (const value of Object.values(given).flat()) if (isTensor(value)) get(value);
  const told = Object.entries(given).map(([name, value]) => `${name}: ${tell(value)}`);
  const error = new UnsupportedError(
    `${NAME}: ${operation} is missing; it was called with ${told.join(', ')}`,
  );
  // V8: the stack begins where the operation is to be filled in, so that its comment is shown with the failure.
  if ('captureStackTrace' in Error && typeof Error.captureStackTrace === 'function') {
    Error.captureStackTrace(error, missing);
  }
  throw error;
}

function tell(value: unknown): string {
  if (isTensor(value)) return tell(value.shape);
  return Array.isArray(value) ? `[${value.map(tell).join(', ')}]` : String(value);
}

function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'shape' in value;
}
