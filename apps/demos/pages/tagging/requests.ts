/* The data: requests to a voice assistant, with what they ask for and the slots that their words fill. */

export interface TaggedRequest {
  readonly words: readonly string[];
  /** BIO, by word. */
  readonly tags: readonly string[];
}

export interface Request extends TaggedRequest {
  /** What is asked for: `PlayMusic`. */
  readonly intent: string;
}

/** The requests of the file, by line: split, intent, words, tags. */
export function requestsOf(text: string): { known: Request[]; test: Request[] } {
  const known: Request[] = [];
  const test: Request[] = [];
  for (const line of text.trim().split('\n')) {
    const [split, intent, words, tags] = line.split('\t');
    (split === 'train' ? known : test).push({ words: words.split(' '), tags: tags.split(' '), intent });
  }
  return { known, test };
}

/** Words with the tags that a network gives them. */
export interface Tagging extends TaggedRequest {
  /** For each word, the probability of its tag. */
  readonly probabilities: readonly number[];
}

export function wordsOf({ words }: TaggedRequest): readonly string[] {
  return words;
}

/** Gives each word its most probable tag. @param steps for each sentence and word the probability of each tag */
export function taggingsOf(
  steps: readonly (readonly (readonly number[])[])[],
  tags: readonly string[],
  sentences: readonly (readonly string[])[],
): Tagging[] {
  return sentences.map((words, n) => {
    const probabilities = steps[n].map((row) => Math.max(...row));
    return { words, tags: steps[n].map((row, i) => tags[row.indexOf(probabilities[i])]), probabilities };
  });
}
