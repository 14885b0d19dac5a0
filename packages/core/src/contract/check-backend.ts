import { OptionError } from '../errors.js';
import { isRecord, show } from '../options.js';
import { type Backend, contractVersion } from './backend.js';

/**
 * Checks that a value is a backend with this version of the contract.
 * @throws OptionError if it is not. The message says to await a promise, and which versions differ
 */
export function checkBackend(owner: string, backend: unknown): asserts backend is Backend {
  if (!isRecord(backend) || typeof backend.upload !== 'function') {
    const hint = backend instanceof Promise ? ': await it' : '';
    throw new OptionError(
      `${owner}: expected a backend, as from \`await cpu()\`, not ${show(backend)}${hint}`,
    );
  }
  const { name, contractVersion: version = 1 } = backend;
  if (version === contractVersion) return;
  throw new OptionError(
    `${owner}: the backend ${show(name)} has version ${show(version)} of the contract, but core needs ${contractVersion}: see docs/contract.md`,
  );
}
