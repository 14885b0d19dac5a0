/* A baseline: the phones that a letter most often stands for. */
import { levenshtein } from '@recurra/core/backend';
import type { Baseline } from '../../src/task.js';
import type { Entry } from './dictionary.js';

/** The baselines of the page. */
export function lookingUp(known: readonly Entry[], test: readonly Entry[]): Baseline[] {
  return [
    { name: 'looking up each letter with three on either side', score: 100 * letterByLetter(known, test, 3) },
    { name: 'looking up each letter', score: 100 * letterByLetter(known, test, 0) },
  ];
}

/**
 * Says each letter as it is most often said between the same neighbours, and returns the phone error rate. Phones are shared
 * out among a word's letters in equal parts; a letter that has none of its own is silent.
 * @param reach neighbours on either side that are looked at; a context that is not known is looked up without them
 */
function letterByLetter(known: readonly Entry[], test: readonly Entry[], reach: number): number {
  const tables = Array.from({ length: reach + 1 }, (_, near) => commonest(known, near));
  let edits = 0;
  let total = 0;
  for (const { word, phones } of test) {
    const said = [...word].flatMap((_, i) => {
      for (let near = reach; near >= 0; near--) {
        const found = tables[near].get(contextOf(word, i, near));
        if (found !== undefined) return found === '' ? [] : found.split(' ');
      }
      return [];
    });
    edits += levenshtein(said, phones);
    total += phones.length;
  }
  return edits / total;
}

/** By context, the phones that a letter most often has there. */
function commonest(known: readonly Entry[], near: number): Map<string, string> {
  const counts = new Map<string, Map<string, number>>();
  for (const { word, phones } of known) {
    for (let i = 0; i < word.length; i++) {
      const at = (letter: number) => Math.round((letter * phones.length) / word.length);
      const own = phones.slice(at(i), at(i + 1)).join(' ');
      const context = contextOf(word, i, near);
      const said = counts.get(context) ?? new Map<string, number>();
      counts.set(context, said.set(own, (said.get(own) ?? 0) + 1));
    }
  }
  const best = (said: Map<string, number>) => [...said].reduce((a, b) => (b[1] > a[1] ? b : a))[0];
  return new Map([...counts].map(([context, said]) => [context, best(said)]));
}

function contextOf(word: string, i: number, near: number): string {
  return Array.from({ length: 2 * near + 1 }, (_, n) => word[i - near + n] ?? '_').join('');
}
