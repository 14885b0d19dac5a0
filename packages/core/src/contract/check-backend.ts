import { OptionError } from '../errors.js';
import { isRecord, show } from '../options.js';
import { type Backend, contractVersion } from './backend.js';

/**
 * @throws OptionError unless `backend` is one of this version of the contract: for a promise it says that it must be awaited,
 *   and for a backend of another version what to change
 */
export function checkBackend(owner: string, backend: unknown): asserts backend is Backend {
  if (!isRecord(backend) || typeof backend.upload !== 'function') {
    const hint = backend instanceof Promise ? ': await it' : '';
    throw new OptionError(
      `${owner}: the backend must be one, as from \`await cpu()\`, not ${show(backend)}${hint}`,
    );
  }
  const { name, contractVersion: given = 1 } = backend;
  if (given === contractVersion) return;
  const change =
    given === 1
      ? 'Add contractVersion: 2, let matmul take rank 3 and optimizer.step all parameters: see docs/contract.md'
      : 'Install matching versions';
  throw new OptionError(
    `${owner}: the backend ${show(name)} has version ${show(given)} of the contract, and core needs ${contractVersion}. ${change}`,
  );
}
