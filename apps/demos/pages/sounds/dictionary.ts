/* The data: words with their phones, the sounds that they are made of. */

export interface Entry {
  readonly word: string;
  /** In ARPAbet, without stress. */
  readonly phones: readonly string[];
}

/** The entries of the file, by line: split, word, phones. Those for choosing settings are in neither list. */
export function entriesOf(text: string): { known: Entry[]; test: Entry[] } {
  const entries = text
    .trim()
    .split('\n')
    .map((line) => {
      const [split, word, phones] = line.split('\t');
      return { split, word, phones: phones.replace(/\d/g, '').split(' ') };
    });
  const of = (wanted: string) => entries.filter(({ split }) => split === wanted);
  return { known: of('train'), test: of('test') };
}

/** A number for each letter; characters that are none are left out. */
export function encode(word: string): number[] {
  return [...word.toLowerCase()]
    .filter((letter) => /[a-z]/.test(letter))
    .map((letter) => letter.charCodeAt(0) - 97);
}

/** Words that have each phone. */
export const EXAMPLES: Readonly<Record<string, string>> = {
  AA: 'odd',
  AE: 'at',
  AH: 'hut',
  AO: 'ought',
  AW: 'cow',
  AY: 'hide',
  B: 'be',
  CH: 'cheese',
  D: 'dee',
  DH: 'thee',
  EH: 'Ed',
  ER: 'hurt',
  EY: 'ate',
  F: 'fee',
  G: 'green',
  HH: 'he',
  IH: 'it',
  IY: 'eat',
  JH: 'gee',
  K: 'key',
  L: 'lee',
  M: 'me',
  N: 'knee',
  NG: 'ping',
  OW: 'oat',
  OY: 'toy',
  P: 'pee',
  R: 'read',
  S: 'sea',
  SH: 'she',
  T: 'tea',
  TH: 'theta',
  UH: 'hood',
  UW: 'two',
  V: 'vee',
  W: 'we',
  Y: 'yield',
  Z: 'zee',
  ZH: 'seizure',
};
