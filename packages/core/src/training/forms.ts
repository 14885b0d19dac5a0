/* The forms of kernels in a checkpoint: a resumed training takes them, so that its numbers are the same bit for bit. */
import type { Backend } from '../contract/backend.js';
import { FormatError, OptionError } from '../errors.js';
import { isRecord, show } from '../options.js';

/** The choices of a backend, which hold for its device only. */
export interface SavedForms {
  readonly backend: string;
  readonly device: string;
  readonly choices: Readonly<Record<string, string>>;
}

/** The choices so far of a backend whose kernels have several forms. */
export function currentForms({ name, device, forms }: Backend): SavedForms | undefined {
  return forms && { backend: name, device, choices: forms.choices() };
}

/** @param saved from a checkpoint; older ones, and those of backends without forms, have none */
export function checkForms(saved: unknown): SavedForms | undefined {
  if (saved === undefined) return undefined;
  const { backend, device, choices } = isRecord(saved) ? saved : {};
  if (typeof backend === 'string' && typeof device === 'string' && isRecord(choices))
    return { backend, device, choices: choices as Record<string, string> };
  throw new FormatError(
    `the checkpoint's forms must be an object with backend, device and choices, not ${show(saved)}`,
  );
}

/**
 * Makes the choices of a checkpoint on the backend that wrote it, on the same device. On another one the numbers differ anyway,
 * so its own forms serve.
 * @throws OptionError if the backend no longer has one of the forms
 */
export function restoreForms(saved: SavedForms | undefined, { name, device, forms }: Backend): void {
  if (!saved || !forms || saved.backend !== name || saved.device !== device) return;
  try {
    forms.use(saved.choices);
  } catch (cause) {
    throw new OptionError(
      `resume: the checkpoint was trained in forms that the backend does not have: ${(cause as Error).message}. ` +
        'To train in others, load the file as a network and call fit without resume',
      { cause },
    );
  }
}
