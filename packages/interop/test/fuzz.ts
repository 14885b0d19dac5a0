/* Tests that every reader handles damaged and hostile files. */
import { type Random, RecurraError, seededRandom } from '@recurra/core';
import { expect } from 'vitest';

const whole = (draw: Random, below: number) => Math.floor(draw.uniform() * below);
const pick = <T>(draw: Random, from: readonly T[]): T => from[whole(draw, from.length)];

const NUMBERS = [
  '0',
  '-1',
  '1',
  '2',
  '7',
  '255',
  '65536',
  '4294967296',
  '9007199254740992',
  '1e300',
  '0.5',
  'null',
  '[]',
  '"x"',
];
const WORDS = ['LSTM', 'GRU', 'Dense', 'Bidirectional', 'Functional', '__proto__', 'constructor', '../x', ''];

/**
 * A mutated copy of `file`: some bytes are changed, parts are deleted, duplicated or moved, and numbers and
 * names in text are replaced.
 */
export function mutate(file: Uint8Array, draw: Random): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(file);
  for (let changes = 1 + whole(draw, 4); changes > 0; changes--) {
    const at = whole(draw, bytes.length);
    const size = 1 + whole(draw, Math.min(64, bytes.length));
    const piece = bytes.slice(at, at + size);
    switch (whole(draw, 8)) {
      case 0:
        if (at < bytes.length) bytes[at] ^= 1 << whole(draw, 8);
        break;
      case 1:
        bytes.fill(pick(draw, [0, 1, 0x7f, 0x80, 0xff]), at, at + 1 + whole(draw, 8));
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3:
        bytes = spliced(bytes, at, size, new Uint8Array());
        break;
      case 4:
        bytes = spliced(bytes, at, 0, piece);
        break;
      case 5:
        bytes.set(piece.subarray(0, bytes.length - at), whole(draw, at + 1));
        break;
      default:
        bytes = replaced(bytes, draw);
    }
  }
  return bytes;
}

/** Replaces a number or a quoted word near a random position. */
function replaced(bytes: Uint8Array, draw: Random): Uint8Array {
  const from = whole(draw, bytes.length);
  const text = new TextDecoder('latin1').decode(bytes.subarray(from, from + 400));
  const number = whole(draw, 3) > 0;
  const match = (number ? /(?<=[:,[ ])-?\d+(\.\d+)?(?=[,\]} ])/ : /(?<=")[A-Za-z_0-9/]+(?=")/).exec(text);
  if (!match) return bytes;
  const by = new TextEncoder().encode(pick(draw, number ? NUMBERS : WORDS));
  return spliced(bytes, from + match.index, match[0].length, by);
}

function spliced(bytes: Uint8Array, at: number, gone: number, by: Uint8Array): Uint8Array {
  const end = Math.min(at + gone, bytes.length);
  const result = new Uint8Array(bytes.length - (end - at) + by.length);
  result.set(bytes.subarray(0, at));
  result.set(by, at);
  result.set(bytes.subarray(end), at + by.length);
  return result;
}

/**
 * Reads `count` mutated files. Each must give a model or a RecurraError in less than four seconds of CPU time: ten times the most that one takes.
 * All together must not use more memory than a few times the file's size.
 */
export async function survives(
  files: readonly Uint8Array[],
  count: number,
  read: (file: Uint8Array, draw: Random) => unknown,
): Promise<void> {
  const most = process.resourceUsage().maxRSS;
  let refused = 0;
  for (let n = 0; n < count; n++) {
    const draw = seededRandom(11, 'mutations', n);
    const file = mutate(files[n % files.length], draw);
    const before = process.cpuUsage();
    try {
      await read(file, draw);
    } catch (error) {
      if (!(error instanceof RecurraError)) throw new Error(`file ${n}: ${String(error)}`, { cause: error });
      refused++;
    }
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6, `seconds for file ${n}`).toBeLessThan(4);
  }
  expect(refused).toBeGreaterThan(count / 2);
  expect(refused).toBeLessThan(count);
  expect(process.resourceUsage().maxRSS - most, 'kilobytes more').toBeLessThan(400_000);
}
