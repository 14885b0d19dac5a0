/* Parses the values of command-line options. */
import { type Command, InvalidArgumentError } from 'commander';

/** A whole number, 1 or more. */
export function count(text: string): number {
  const value = wholeNumber(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number, 1 or more.');
}

/** A whole number, 0 or more. */
export function seed(text: string): number {
  const value = wholeNumber(text);
  if (value >= 0) return value;
  throw new InvalidArgumentError('It must be a whole number, 0 or more.');
}

/** A seed, or `random` for a new one. */
export function seedOrRandom(text: string): number {
  return text === 'random' ? Math.floor(Math.random() * 2 ** 31) : seed(text);
}

/** Only digits are allowed: not `0x10`, not `1e3`. NaN for anything else. */
function wholeNumber(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/**
 * Makes a repeated option an error; otherwise the last one silently wins. Variadic options may be repeated.
 */
export function rejectRepeats(command: Command): void {
  const seen = new Set<string>();
  for (const option of command.options.filter(({ variadic }) => !variadic)) {
    command.on(`option:${option.name()}`, () => {
      // --chromium and --no-chromium are one option.
      if (seen.has(option.attributeName())) {
        command.error(
          `error: option '${option.long ?? option.short}' was given twice, or with its opposite`,
          { exitCode: 2 },
        );
      }
      seen.add(option.attributeName());
    });
  }
}
