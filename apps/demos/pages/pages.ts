/* The gallery: a line for each folder beside this file. */

export interface PageEntry {
  readonly folder: string;
  readonly title: string;
  /** What there is to see, in a sentence. */
  readonly line: string;
}

export const pages: readonly PageEntry[] = [
  {
    folder: 'handwriting',
    title: 'Handwriting',
    line: 'Draw a digit. It is read while the pen is still moving.',
  },
  {
    folder: 'forecast',
    title: 'Forecast',
    line: 'The demand for bicycles, hour by hour, and what rain would do to it.',
  },
  {
    folder: 'text',
    title: 'Text',
    line: 'It reads Shakespeare by the letter, and writes on after your words.',
  },
  {
    folder: 'inside',
    title: 'Inside a cell',
    line: 'Every gate of an LSTM, a GRU or a simple cell as it reads your sentence.',
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
    line: 'It learns the melodies of Bach’s chorales, and goes on from your notes.',
  },
  {
    folder: 'ball',
    title: 'The ball',
    line: 'It watches a ball fly, and says where it will be next.',
  },
  {
    folder: 'dates',
    title: 'Dates',
    line: 'It reads a date in words, letter by letter, and writes it in digits.',
  },
  {
    folder: 'what-next',
    title: 'What next?',
    line: 'Which product will a visitor of a shop look at next?',
  },
  {
    folder: 'anomaly',
    title: 'Anomaly',
    line: 'It learns New York’s ordinary days, and gives an alarm on the others.',
  },
  {
    folder: 'speech',
    title: 'Speech',
    line: 'Say a digit. It knows five voices, and has to understand yours.',
  },
  {
    folder: 'dna',
    title: 'DNA',
    line: 'It finds where a gene is cut, and shows which letters decide.',
  },
  {
    folder: 'why-lstm',
    title: 'Why LSTM',
    line: 'An RNN, an LSTM and a GRU side by side: who learns to remember, and how far back.',
  },
  {
    folder: 'both-directions',
    title: 'Both directions',
    line: 'What a network gains that reads a sentence from its end too.',
  },
];
