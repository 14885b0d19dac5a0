/* What a network with two heads finds in a request: the tags of its words, and what is asked for. */
import type { Network, SampleOf } from '@recurra/core';
import { textOf } from '../../src/files.js';
import { type Lexicon, lexicon } from '../../src/words.js';
import { naiveBayes, shareRight } from '../sentiment/naive-bayes.js';
import { type Request, requestsOf, type Tagging, taggingsOf, wordsOf } from './requests.js';
import { spanF1 } from './spans.js';

/** Reads words and their forms, and says for each word how probable each tag is, and for the whole each intent. */
export interface ReaderTypes {
  readonly inputs: { readonly words: 'tokens'; readonly forms: 'tokens' };
  readonly outputs: { readonly tags: 'sequence'; readonly intent: 'vector' };
}

export type TwoHeads = Network<ReaderTypes>;

/** Maps words and their forms to numbers, and numbers to tags and intents. */
export interface Coding {
  readonly words: Lexicon;
  readonly forms: Lexicon;
  readonly tags: readonly string[];
  readonly intents: readonly string[];
}

/** A request as the network understands it. */
export interface Understood extends Tagging {
  readonly intent: string;
  /** The probability of the intent. */
  readonly certainty: number;
}

interface HeldOut {
  readonly test: readonly Request[];
}

/** The requests of the file, as samples and as they are, and the percentage of intents that naive Bayes gets right. */
export async function prepared(file: Uint8Array) {
  const { known, test } = requestsOf(await textOf(file));
  const coding = codingOf(known);
  const training = known.map((request) => sampleOf(coding, request));
  const kinds = ({ words, intent }: Request) => ({ words, kind: coding.intents.indexOf(intent) });
  const bayes = naiveBayes(known.map(kinds), coding.intents.length);
  return { training, known, test, ...coding, intentsOfBayes: 100 * shareRight(bayes, test.map(kinds)) };
}

/** A word has its own number if it occurs three times in the requests, a form if it occurs ten times. */
export function codingOf(requests: readonly Request[]): Coding {
  const sentences = requests.map(wordsOf);
  return {
    words: lexicon(sentences, 3),
    forms: lexicon(
      sentences.map((words) => words.map(formOf)),
      10,
    ),
    tags: [...new Set(requests.flatMap(({ tags }) => tags))].sort(),
    intents: [...new Set(requests.map(({ intent }) => intent))].sort(),
  };
}

/** How a word looks: whether it begins with a capital letter, and its last two letters. Every digit is a 0. */
export function formOf(word: string): string {
  const capital = /^\p{Lu}/u.test(word) ? 'capital' : '';
  return `${capital}-${word.replace(/\d/g, '0').slice(-2).toLowerCase()}`;
}

/** The network's inputs. */
export function encode({ words, forms }: Coding, sentence: readonly string[]) {
  return { words: words.encode(sentence), forms: forms.encode(sentence.map(formOf)) };
}

export function sampleOf(coding: Coding, { words, tags, intent }: Request): SampleOf<ReaderTypes> {
  const y = { tags: tags.map((tag) => coding.tags.indexOf(tag)), intent: coding.intents.indexOf(intent) };
  return { x: encode(coding, words), y };
}

/** Gives each word its most probable tag, and each sentence its most probable intent. */
export async function understand(
  network: TwoHeads,
  coding: Coding,
  sentences: readonly (readonly string[])[],
): Promise<Understood[]> {
  const encoded = sentences.map((words) => encode(coding, words));
  const outputs = await network.predict({
    words: encoded.map(({ words }) => words),
    forms: encoded.map(({ forms }) => forms),
  });
  const intents = outputs.intent as number[][];
  return taggingsOf(outputs.tags as number[][][], coding.tags, sentences).map((tagging, i) => {
    const certainty = Math.max(...intents[i]);
    return { ...tagging, intent: coding.intents[intents[i].indexOf(certainty)], certainty };
  });
}

/** The F1 of whole spans in the held-out requests, in percent. */
export async function spansFound(network: TwoHeads, data: Coding & HeldOut): Promise<number> {
  return 100 * spanF1(await understand(network, data, data.test.map(wordsOf)), data.test);
}

/** The percentage of held-out requests whose intent is right. */
export async function intentsRight(network: TwoHeads, data: Coding & HeldOut): Promise<number> {
  return percentRight(await understand(network, data, data.test.map(wordsOf)), data.test);
}

/** The percentage of requests whose intent is that of `truth`. */
export function percentRight(
  found: readonly Pick<Request, 'intent'>[],
  truth: readonly Pick<Request, 'intent'>[],
): number {
  return (100 * found.filter(({ intent }, i) => intent === truth[i].intent).length) / found.length;
}
