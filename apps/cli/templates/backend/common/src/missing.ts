import { type Tensor, UnsupportedError } from '@recurra/core';
import { type Context, NAME } from './memory.js';

/** Throws in place of an operation that is not written yet. Delete this file with its last call. */
export function missing({ get }: Context, operation: string, args: Record<string, unknown>): never {
  // A freed tensor, or another backend's, is rejected first, as in the finished operation.
  for (const value of Object.values(args).flat()) if (isTensor(value)) get(value);
  const list = Object.entries(args).map(([name, value]) => `${name}: ${describe(value)}`);
  const error = new UnsupportedError(
    `${NAME}: ${operation} is missing; it was called with ${list.join(', ')}`,
  );
  // V8: the stack trace starts at the missing operation, so that its comment is shown with the failure.
  if ('captureStackTrace' in Error && typeof Error.captureStackTrace === 'function') {
    Error.captureStackTrace(error, missing);
  }
  throw error;
}

function describe(value: unknown): string {
  if (isTensor(value)) return describe(value.shape);
  return Array.isArray(value) ? `[${value.map(describe).join(', ')}]` : String(value);
}

function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'shape' in value;
}
