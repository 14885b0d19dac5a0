/* Compares a short training with the same seed on another backend. */
import { useState } from 'preact/hooks';
import type { BackendName, Comparison } from '../worker/protocol.js';
import { callAside } from './client.js';
import type { Training } from './training.js';

const names: readonly (readonly [BackendName, string])[] = [
  ['reference', 'Reference (plain loops, float64)'],
  ['cpu', 'CPU'],
  ['webgl', 'WebGL'],
  ['webgpu', 'WebGPU'],
];

export function Compare({ training }: { training: Training }) {
  const [other, setOther] = useState<BackendName>('reference');
  const [result, setResult] = useState<Comparison | string>();
  const [running, setRunning] = useState(false);
  const { options, missing } = training;
  const run = async () => {
    setRunning(true);
    setResult(undefined);
    await callAside('compare', { ...options, weights: undefined, other }).then(setResult, (error) =>
      setResult(error.message),
    );
    setRunning(false);
  };
  return (
    <section aria-labelledby="compare">
      <h2 id="compare">The same seed on another backend</h2>
      <p>
        With the same seed, every backend starts from the same weights and sees the data in the same order.
        Only rounding differs.
      </p>
      <p class="row">
        <label class="field">
          Compare with
          <select
            value={other}
            onChange={({ currentTarget }) => setOther(currentTarget.value as BackendName)}
          >
            {names
              .filter(([name]) => name !== options.backend)
              .map(([name, label]) => (
                <option key={name} value={name} disabled={missing[name] !== undefined}>
                  {label}
                </option>
              ))}
          </select>
        </label>
        <button type="button" disabled={running || other === options.backend} onClick={run}>
          {running ? 'Training on both …' : 'Compare'}
        </button>
      </p>
      <p role="status" class="finding">
        {typeof result === 'string' ? result : result && sentenceOf(result)}
      </p>
    </section>
  );
}

function sentenceOf({ steps, devices, difference, largest }: Comparison): string {
  return `After ${steps} steps on ${devices.join(' and on ')}, the largest difference between two weights is ${difference.toExponential(1)}; the largest weight is ${largest.toFixed(2)}.`;
}
