import { OptionError } from '../errors.js';
import { isRecord, show } from '../options.js';
import type { Backend } from './backend.js';

/** @throws OptionError unless `backend` is one; for a promise of one, saying that it must be awaited */
export function checkBackend(owner: string, backend: unknown): asserts backend is Backend {
  if (isRecord(backend) && typeof backend.upload === 'function') return;
  const hint = backend instanceof Promise ? ': await it' : '';
  throw new OptionError(
    `${owner}: the backend must be one, as from \`await cpu()\`, not ${show(backend)}${hint}`,
  );
}
