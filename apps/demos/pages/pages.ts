/* The gallery: an entry for each folder next to this file. */

export interface PageEntry {
  readonly folder: string;
  readonly title: string;
  /** What the page shows, in a sentence. It is also the page's description for search engines. */
  readonly line: string;
}

export const pages: readonly PageEntry[] = [
  {
    folder: 'handwriting',
    title: 'Handwriting',
    line: 'Draw a digit. The network reads it while your pen is still moving.',
  },
  {
    folder: 'digits',
    title: 'Digits row by row',
    line: 'An image of a digit, read one row of pixels after another.',
  },
  {
    folder: 'captions',
    title: 'Captions',
    line: 'It looks at an image of a digit, and spells the digit’s name, letter by letter.',
  },
  {
    folder: 'forecast',
    title: 'Forecast',
    line: 'The demand for rental bicycles, hour by hour, and what rain would change.',
  },
  {
    folder: 'text',
    title: 'Text',
    line: 'It reads Shakespeare letter by letter, and continues your text.',
  },
  {
    folder: 'inside',
    title: 'Inside a cell',
    line: 'Every gate of an LSTM, a GRU or a simple cell while it reads your sentence.',
  },
  {
    folder: 'sentiment',
    title: 'Sentiment',
    line: 'Is a sentence of a review positive or negative, and which words say so?',
  },
  {
    folder: 'tagging',
    title: 'Tagging',
    line: 'It finds the artist, the city or the time in your request.',
  },
  {
    folder: 'music',
    title: 'Music',
    line: 'It learns the melodies of Bach’s chorales, and continues your notes.',
  },
  {
    folder: 'ball',
    title: 'The ball',
    line: 'It watches a ball fly, and predicts where it will be next.',
  },
  {
    folder: 'dates',
    title: 'Dates',
    line: 'It reads a date in words, letter by letter, and writes it in digits.',
  },
  {
    folder: 'sounds',
    title: 'Letters to sounds',
    line: 'It says a word that it has never seen, and shows which letters it looks at.',
  },
  {
    folder: 'translation',
    title: 'Translation',
    line: 'A small network translates short sentences into French, and shows where it looks.',
  },
  {
    folder: 'what-next',
    title: 'What next?',
    line: 'Which product will a visitor of an online shop click next?',
  },
  {
    folder: 'anomaly',
    title: 'Anomaly',
    line: 'It learns New York’s ordinary days, and raises an alarm on unusual ones.',
  },
  {
    folder: 'speech',
    title: 'Speech',
    line: 'Say a digit. It has heard five voices, and must understand yours.',
  },
  {
    folder: 'numbers',
    title: 'Spoken numbers',
    line: 'Digits spoken one after the other, read without being told when each was said.',
  },
  {
    folder: 'dna',
    title: 'DNA',
    line: 'It finds where genes are spliced, and shows which letters decide.',
  },
  {
    folder: 'motion',
    title: 'Motion',
    line: 'It watches a person tell a story, and classifies what the hands are doing.',
  },
  {
    folder: 'activity',
    title: 'Activity',
    line: 'Three radio nodes on a body, and a guess at what the person is doing.',
  },
  {
    folder: 'why-lstm',
    title: 'Why LSTM',
    line: 'An RNN, an LSTM, a GRU and a minGRU side by side: which learns to remember, and how far back.',
  },
  {
    folder: 'both-directions',
    title: 'Both directions',
    line: 'What a network gains by also reading a sentence from its end.',
  },
  {
    folder: 'evolution',
    title: 'Evolution',
    line: 'The same network, trained by gradients and by evolution: what each score costs.',
  },
];
