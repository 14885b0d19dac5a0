/*
 * The reader's request and one of its words, as tagged by each network; and the share of held-out words that
 * each tags correctly.
 */
import { useAnswer } from '../../src/frame/answer.js';
import { Key } from '../../src/frame/looks.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import { nameOf } from '../tagging/tagged.js';
import type { Reading, Seen, Shares } from './inference.js';
import { POSITIONS } from './shares.js';

/** Requests, and the index of a word whose tag depends on what follows it. */
const examples = [
  ['I need a table for six pm', 5],
  ['I need a table for six people', 5],
  ['What is the forecast for Turtle Islands National Park', 5],
  ['Weather in two hours in Uzbekistan', 1],
] as const;

export function Result(props: ResultProps<Shares>) {
  return (
    <>
      <Reader {...props} />
      <Places shares={props.picture} />
    </>
  );
}

function Reader({ ask, picture }: ResultProps<Shares>) {
  const [request, setRequest] = useUrlState('request', examples[0][0]);
  const [word, setWord] = useUrlState('word', String(examples[0][1]));
  const question = { request, word: Number.parseInt(word, 10) || 0 };
  const reading = useAnswer<Reading>({ ask, picture }, question);
  return (
    <section class="reader" aria-labelledby="yours">
      <h2 id="yours">What a word’s tag depends on</h2>
      <label class="field">
        A request about music, films, books, a restaurant or the weather, in English
        <input
          type="text"
          maxLength={120}
          value={request}
          onInput={({ currentTarget }) => setRequest(currentTarget.value)}
        />
      </label>
      <p class="row">
        {examples.map(([example, index]) => (
          <button
            type="button"
            key={example}
            onClick={() => {
              setRequest(example);
              setWord(String(index));
            }}
          >
            {example}
          </button>
        ))}
      </p>
      <p class="quiet">
        Choose a word. The bluer another word is, the more the tag changes when that word is replaced by an
        unknown one. Dashed: the tag does not change at all.
      </p>
      <div aria-live="polite">
        {reading &&
          Object.entries(reading.networks).map(([name, seen], i) => (
            <div key={name} class="seen">
              <p>
                <Key index={i} /> <b>{name}</b>: “{reading.words[reading.word]}” is {described(seen)}
              </p>
              <Words reading={reading} seen={seen} onChoose={(index) => setWord(String(index))} />
            </div>
          ))}
      </div>
    </section>
  );
}

interface WordsProps {
  readonly reading: Reading;
  readonly seen: Seen;
  readonly onChoose: (word: number) => void;
}

function Words({ reading: { words, word }, seen: { falls }, onChoose }: WordsProps) {
  return (
    <p class="words">
      {words.map((text, i) => {
        const share = Math.round(100 * Math.min(1, Math.abs(falls[i])));
        return (
          <button
            type="button"
            key={i}
            aria-pressed={i === word}
            aria-label={`${text}: without it ${percent(-falls[i])}`}
            // Without a word that it does not see, a network gives the same number, except for rounding.
            class={Math.abs(falls[i]) < 1e-6 ? 'unseen' : ''}
            style={{ background: `color-mix(in srgb, var(--blue) ${0.6 * share}%, transparent)` }}
            onClick={() => onChoose(i)}
          >
            {text}
          </button>
        );
      })}
    </p>
  );
}

function described({ tag, probability }: Seen): string {
  const name = tag === 'O' ? 'in no slot' : `tagged ${nameOf({ slot: tag.slice(2), from: 0, to: 1 })}`;
  return `${name}, ${Math.round(100 * probability)} %`;
}

/** A change in percent, with its sign. */
function percent(change: number): string {
  return `${change < 0 ? '−' : '+'}${Math.round(100 * Math.abs(change))} %`;
}

function Places({ shares }: { shares: Shares | undefined }) {
  const networks = Object.entries(shares ?? {});
  return (
    <section data-picture class="positions" aria-labelledby="positions">
      <h2 id="positions">Where the second direction helps</h2>
      <p class="quiet">Words with the right tag, in requests that neither network sees in training</p>
      {POSITIONS.map((position, i) => (
        <div key={position}>
          <h3>{position}</h3>
          {networks.map(([name, values], n) => (
            <p key={name}>
              <span>
                <Key index={n} /> {name}
              </span>
              <span class="bar">
                <span class={`network${n}`} style={{ inlineSize: `${values[i]}%` }} />
              </span>
              <span>{values[i].toFixed(1)} %</span>
            </p>
          ))}
        </div>
      ))}
    </section>
  );
}
