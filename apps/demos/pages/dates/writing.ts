/* The encoder reads a phrase letter by letter; the decoder writes the date, character by character. */
import { beamSearch, evaluateGenerated, type Network, type SampleOf, seededRandom } from '@recurra/core';
import { type Phrase, phrases } from './phrases.js';

/** Reads a phrase, and says for the characters written so far how probable each next one is. */
export interface WriterTypes {
  readonly inputs: { readonly phrase: 'tokens'; readonly date: 'tokens' };
  readonly outputs: { readonly next: 'sequence' };
}

export type Writer = Network<WriterTypes>;

/** The characters that are read. */
const READ = "abcdefghijklmnopqrstuvwxyz0123456789-,.' ";
export const READABLE = READ.length;

/** The characters that are written; the decoder starts from the number after them. */
const WRITTEN = '0123456789-';
export const WRITABLE = WRITTEN.length;
const START = WRITABLE;
const LENGTH = 'YYYY-MM-DD'.length;

/** Dates that beam search follows side by side. */
export const WIDTH = 3;

/** The characters of a phrase that the network reads, in lower case. */
export function readable(text: string): string[] {
  return [...text.toLowerCase().replaceAll('’', "'")].filter((character) => READ.includes(character));
}

/** The number of each character; characters that the network does not read are left out. */
export function encode(text: string): number[] {
  return readable(text).map((character) => READ.indexOf(character));
}

/** The numbers of a date's characters. */
export function encodeDate(iso: string): number[] {
  return [...iso].map((character) => WRITTEN.indexOf(character));
}

/** x is the phrase, and the characters before each that is to be written; y is that character. */
export function sampleOf({ words, iso }: Phrase): SampleOf<WriterTypes> {
  const date = encodeDate(iso);
  return { x: { phrase: encode(words), date: [START, ...date.slice(0, -1)] }, y: { next: date } };
}

/** So many phrases for the score, and for training so many with other dates: always the same ones. */
export function drawnPhrases(held: number, training: number) {
  const test = phrases(seededRandom(1, 'kept back'), held);
  const known = phrases(seededRandom(1, 'training'), training, new Set(test.map(({ iso }) => iso)));
  return { training: known.map(sampleOf), test };
}

/** A date that beam search found. */
export interface WrittenDate {
  readonly date: string;
  readonly probability: number;
}

const SEARCH = { start: START, maxLength: LENGTH, lengthPenalty: 0 };

/** The most probable dates for each phrase, best first. */
export async function write(network: Writer, phrases: readonly string[]): Promise<WrittenDate[][]> {
  const stream = network.stream({ phrase: phrases.map(encode) }, { rows: WIDTH * phrases.length });
  try {
    const found = await beamSearch(stream, SEARCH);
    return found.map(({ alternatives, ...best }) =>
      [best, ...alternatives].map(({ tokens, score }) => ({
        date: tokens.map((token) => WRITTEN[token]).join(''),
        probability: Math.exp(score),
      })),
    );
  } finally {
    stream.close();
  }
}

/** Where the network looks while it writes each character of a date: the weight of each character of the phrase. */
export async function attentionOf(network: Writer, phrase: string, date: string): Promise<number[][]> {
  const x = { phrase: [encode(phrase)], date: [[START, ...encodeDate(date).slice(0, -1)]] };
  const { steps } = await network.inspect(x, { layer: 'attention' });
  const { data, shape } = steps.attention;
  const [time, , characters] = shape;
  return Array.from({ length: time }, (_, t) =>
    Array.from(data.subarray(t * characters, (t + 1) * characters)),
  );
}

/** The share of phrases whose date beam search finds, every character of it written by the network. */
export async function exactly(network: Writer, phrases: readonly Phrase[]): Promise<number> {
  const samples = phrases.map(({ words, iso }) => ({ x: { phrase: encode(words) }, y: encodeDate(iso) }));
  const { exactMatch } = await evaluateGenerated(network, samples, {
    width: WIDTH,
    batchSize: 100,
    generate: (stream) => beamSearch(stream, SEARCH),
  });
  return exactMatch;
}
