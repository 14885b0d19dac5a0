/* The controls: pause, step, reset, seed, backend, and the task's settings. */

import { useState } from 'preact/hooks';
import type { BackendName } from '../worker/protocol.js';
import type { Shipped, Training } from './training.js';

const backends: readonly (readonly [BackendName, string])[] = [
  ['cpu', 'CPU'],
  ['webgl', 'WebGL'],
  ['webgpu', 'WebGPU'],
];

export function Controls({ training, trained }: { training: Training; trained: Shipped }) {
  const [problem, setProblem] = useState('');
  const { status, options } = training;
  const running = status === 'training';
  return (
    <section class="controls" aria-label="Training controls">
      <div class="buttons">
        <button
          type="button"
          class="primary"
          disabled={status === 'finished' || status === 'failed' || status === 'loading'}
          onClick={() => training.pause(running)}
        >
          {running ? 'Pause' : 'Train'}
        </button>
        <button
          type="button"
          disabled={status === 'finished' || status === 'failed' || status === 'loading'}
          onClick={() => training.step()}
        >
          Step
        </button>
        <button type="button" onClick={() => training.start({ paused: false })}>
          Reset
        </button>
        <button
          type="button"
          disabled={!training.started}
          onClick={() => training.useTrained(trained).catch((error: Error) => setProblem(error.message))}
        >
          Use the trained network
        </button>
      </div>
      <label class="field">
        Seed
        <input
          type="number"
          min="0"
          max="999999999"
          value={options.seed}
          onChange={({ currentTarget }) => {
            const seed = Math.round(currentTarget.valueAsNumber);
            if (seed >= 0 && seed <= 999_999_999) training.start({ seed, paused: false });
            else currentTarget.value = String(options.seed);
          }}
        />
      </label>
      <Choices training={training} />
      <fieldset class="backends">
        <legend>Runs on</legend>
        <div class="segments">
          {backends.map(([name, label]) => (
            <label key={name} class={training.missing[name] ? 'missing' : ''} title={training.missing[name]}>
              <input
                type="radio"
                name="backend"
                checked={options.backend === name}
                disabled={training.missing[name] !== undefined}
                onChange={() => training.start({ backend: name, paused: false })}
              />
              <span>{label}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <Reasons training={training} problem={problem} />
    </section>
  );
}

function Choices({ training }: { training: Training }) {
  const { started, options } = training;
  if (!started) return <span class="field placeholder" />;
  return Object.entries(started.choices).map(([name, choice]) => (
    <label class="field" key={name}>
      {choice?.label}
      <select
        value={String(started.settings[name])}
        onChange={({ currentTarget }) =>
          training.start({ changed: { ...options.changed, [name]: currentTarget.value }, paused: false })
        }
      >
        {choice?.values.map((value) => (
          <option key={value} value={String(value)}>
            {value}
          </option>
        ))}
      </select>
    </label>
  ));
}

/** The device and errors and, for readers who cannot hover, the reasons why backends cannot be selected. */
function Reasons({ training, problem }: { training: Training; problem: string }) {
  const lines = backends.flatMap(([name, label]) => {
    const reason = training.missing[name];
    return reason ? [`${label}: ${reason}`] : [];
  });
  return (
    <p class="quiet reasons">
      <strong class="error" role="alert">
        {training.error ?? problem}{' '}
      </strong>
      {training.origin === 'trained' && 'These are the trained weights; Train continues from them. · '}
      {training.origin === 'file' && 'These are the weights of your file; Train continues from them. · '}
      {training.started?.device}
      {lines.map((line) => ` · ${line}`)}
    </p>
  );
}
