/* The network continues the reader's text; next to it is its prediction for each character. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { nameOf, Unknown } from '../../src/frame/characters.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { Probabilities } from '../../src/frame/probabilities.js';
import { useReducedMotion } from '../../src/frame/scheme.js';
import { useUrlState } from '../../src/frame/url.js';
import type { Order, Predicted, Written } from './inference.js';
import { surprise } from './surprise.js';

const LENGTH = 240;
/** Characters per second. */
const PACE = 40;
/** Seconds from the end of one text to the next. */
const REST = 1.5;

export function Writer({ ask, picture, settings }: ResultProps<readonly Predicted[]>) {
  const [prompt, setPrompt] = useUrlState('prompt', 'ROMEO:\n');
  const [temperature, setTemperature] = useUrlState('temperature', '0.8');
  const [draft, setDraft] = useUrlState('draft', '1');
  const order = { prompt, temperature: Number(temperature) || 0.8, length: LENGTH, seed: Number(draft) || 1 };
  const { written, shown } = useWritten({ ask, picture, settings }, order);
  const [chosen, setChosen] = useState<number>();
  const characters = written?.characters.slice(0, shown) ?? [];
  const at = Math.min(chosen ?? Number.POSITIVE_INFINITY, characters.length - 1);
  const move = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    setChosen(Math.min(Math.max(at + by, 0), characters.length - 1));
  };
  return (
    <section aria-labelledby="writes" class="writer">
      <h2 id="writes">What it writes</h2>
      <div class="row">
        <label class="field prompt">
          Your beginning
          <textarea
            rows={2}
            maxLength={200}
            value={prompt}
            onInput={({ currentTarget }) => setPrompt(currentTarget.value)}
          />
        </label>
        <label class="field slider">
          Temperature {Number(temperature).toFixed(1)}
          <input
            type="range"
            min="0.2"
            max="1.5"
            step="0.1"
            value={temperature}
            onInput={({ currentTarget }) => setTemperature(currentTarget.value)}
          />
        </label>
        <button type="button" onClick={() => setDraft(String(order.seed + 1))}>
          Another draft
        </button>
      </div>
      <Unknown characters={written?.unknown} />
      <div class="writing">
        <div
          class="written"
          role="listbox"
          aria-label="What it wrote, by character; choose one with the arrow keys"
          aria-activedescendant={at >= 0 ? `c${at}` : undefined}
          tabIndex={0}
          onKeyDown={move}
          onPointerLeave={() => setChosen(undefined)}
        >
          <span class="given">{prompt}</span>
          {characters.map(({ character, probability }, i) => (
            <span
              key={i}
              id={`c${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === at}
              aria-label={nameOf(character)}
              style={surprise(probability)}
              onPointerEnter={() => setChosen(i)}
            >
              {character}
            </span>
          ))}
        </div>
        <Guesses of={characters[at]} />
      </div>
    </section>
  );
}

/** The network's prediction of the character. */
function Guesses({ of }: { of: Predicted | undefined }) {
  return (
    <div>
      <p class="quiet">Its guesses for {of ? <b>{nameOf(of.character)}</b> : 'the next'}</p>
      <Probabilities
        label="Probability of each character"
        nameWidth="4.5rem"
        rows={(of?.guesses ?? []).map(([character, probability]) => ({
          name: <code>{nameOf(character)}</code>,
          probability,
          marked: character === of?.character,
        }))}
      />
    </div>
  );
}

/**
 * The continuation of the newest prompt, and the part of it that is shown so far. It is written again while
 * the network learns, and immediately for a new network.
 */
function useWritten(
  { ask, picture, settings }: Pick<ResultProps<unknown>, 'ask' | 'picture' | 'settings'>,
  order: Order,
): { written: Written | undefined; shown: number } {
  const still = useReducedMotion();
  const [written, setWritten] = useState<Written>();
  const [shown, setShown] = useState(0);
  const newest = useRef(picture);
  newest.current = picture;
  const query = JSON.stringify(order);
  const ready = picture !== undefined;
  useEffect(() => {
    if (!ready) return;
    let current = true;
    let timer: ReturnType<typeof setInterval> | undefined;
    const write = async () => {
      const learnt = newest.current;
      const answer = (await ask(JSON.parse(query)).catch(() => undefined)) as Written | undefined;
      if (!current) return;
      setWritten(answer);
      const began = performance.now();
      const show = () => {
        const count = still ? LENGTH + REST * PACE : Math.floor(((performance.now() - began) / 1000) * PACE);
        setShown(Math.min(count, LENGTH));
        if (count < LENGTH + REST * PACE || newest.current === learnt) return;
        clearInterval(timer);
        write();
      };
      show();
      timer = setInterval(show, still ? 4000 : 1000 / PACE);
    };
    // Waits until the reader has stopped typing.
    timer = setTimeout(write, 150);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [query, ready, still, settings]);
  return { written, shown };
}
