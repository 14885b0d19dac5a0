/* What the page asks of the network: its translations of held-out sentences, and of the reader's own. */
import type { DataOf } from '../../src/task.js';
import { joinFrench, splitEnglish } from './corpus.js';
import type task from './task.js';
import { attentionOf, type Translator, translate } from './translating.js';

type Corpus = DataOf<typeof task>;

export interface JudgedSentence {
  readonly english: string;
  readonly written: string;
  /** The translation in the data that is compared. */
  readonly expected: string;
  /** It is one of the translations in the data, word for word. */
  readonly isRight: boolean;
}

/** A sentence, its best translations, and where the network looks while it writes each of them. */
export interface TranslatedSentence {
  readonly english: readonly string[];
  /** Words that the network does not know. */
  readonly unknown: readonly string[];
  readonly translations: readonly {
    readonly text: string;
    readonly words: readonly string[];
    readonly probability: number;
    /** For each word, and then for the end, the weight of each English word. */
    readonly attention: readonly (readonly number[])[];
  }[];
}

const SHOWN = 10;

export async function picture(network: Translator, corpus: Corpus): Promise<readonly JudgedSentence[]> {
  const shown = corpus.test.slice(0, SHOWN);
  const found = await translate(
    network,
    corpus,
    shown.map(({ english }) => english),
  );
  return shown.map(({ english, french }, i) => {
    const [{ words }] = found[i];
    const right = french.find((reference) => reference.join(' ') === words.join(' '));
    return {
      english: english.join(' '),
      written: joinFrench(words),
      expected: joinFrench(right ?? french[0]),
      isRight: right !== undefined,
    };
  });
}

/** The translations of a sentence; undefined for one without words. */
export async function answer(
  network: Translator,
  corpus: Corpus,
  sentence: string,
): Promise<TranslatedSentence | undefined> {
  const english = splitEnglish(sentence);
  if (english.length === 0) return undefined;
  const ids = corpus.english.encode(english);
  const [found] = await translate(network, corpus, [english]);
  const translations: TranslatedSentence['translations'][number][] = [];
  for (const { words, probability } of found) {
    const attention = await attentionOf(network, corpus, english, words);
    translations.push({ text: joinFrench(words), words, probability, attention });
  }
  return { english, unknown: english.filter((_, i) => ids[i] === 0), translations };
}
