/* The reader's text, continued by the network and by its copy with int8 weights. */
import { useState } from 'preact/hooks';
import { Unknown } from '../../src/frame/characters.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import { Float32AndInt8 } from './float32-and-int8.js';
import type { Predicted } from './predicted.js';
import { Text } from './text.js';
import { useWritten } from './use-written.js';

const LENGTH = 240;

export function Writer({ ask, picture, settings }: ResultProps<readonly Predicted[]>) {
  const [prompt, setPrompt] = useUrlState('prompt', 'ROMEO:\n');
  const [temperature, setTemperature] = useUrlState('temperature', '0.8');
  const [draft, setDraft] = useUrlState('draft', '1');
  const order = { prompt, temperature: Number(temperature) || 0.8, length: LENGTH, seed: Number(draft) || 1 };
  const { written, shown, learnt } = useWritten({ ask, picture, settings }, order);
  const [chosen, setChosen] = useState<number>();
  const { float32 = [], int8 = [] } = written ?? {};
  const differs = float32.findIndex(({ character }, i) => character !== int8[i].character);
  const common = { prompt, shown, differs, chosen, onChoose: setChosen };
  return (
    <>
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
          <Text name="float32" title="The network, float32" written={float32} {...common} />
          <Text name="int8" title="Its copy with int8 weights" written={int8} {...common} />
        </div>
        <p class="quiet same" data-same={written && (differs < 0 ? LENGTH : differs)}>
          The same random numbers draw the characters of both.
          {written && ` ${sameness(differs)}`}
        </p>
      </section>
      <Float32AndInt8 ask={ask} picture={learnt} />
    </>
  );
}

function sameness(differs: number): string {
  if (differs < 0) return `All ${LENGTH} characters are the same.`;
  if (differs === 0) return 'The first character is already another one.';
  return `The first ${differs} of ${LENGTH} characters are the same; at the blue line the texts part.`;
}
