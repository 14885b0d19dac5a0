/* Measures the reader's own layer on every backend for a few seconds, and recommends one. */
import { duration, percent } from '@recurra/bench/format';
import { useUrlState } from '@recurra/demos/url';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { DoctorMessage, Measured, Shape } from './doctor-protocol.js';

export function Doctor() {
  const { shape, fields } = useShape();
  const [message, setMessage] = useState<DoctorMessage>();
  const worker = useRef<Worker | undefined>(undefined);
  const end = () => {
    worker.current?.terminate();
    worker.current = undefined;
  };
  useEffect(() => end, []);
  const measure = () => {
    end();
    setMessage({ kind: 'progress', share: 0, backend: '', doing: 'starting' });
    const started = new Worker(new URL('./worker/doctor.ts', import.meta.url), { type: 'module' });
    started.onmessage = ({ data }: MessageEvent<DoctorMessage>) => {
      setMessage(data);
      if (data.kind !== 'progress') end();
    };
    started.onerror = (event) => {
      setMessage({ kind: 'failed', reason: event.message || 'the worker could not be loaded' });
    };
    started.postMessage(shape);
    worker.current = started;
  };
  const running = message?.kind === 'progress';
  return (
    <section class="doctor" aria-labelledby="doctor">
      <h2 id="doctor">Which backend for your layer?</h2>
      <div class="buttons">
        {fields}
        <button type="button" class="primary" disabled={running} onClick={measure}>
          Measure
        </button>
        <button
          type="button"
          disabled={!running}
          onClick={() => {
            end();
            setMessage(undefined);
          }}
        >
          Stop
        </button>
      </div>
      {message?.kind === 'progress' && (
        <label class="field going">
          {message.doing} {message.backend} …
          <progress max={1} value={message.share} />
        </label>
      )}
      <div role="status">
        {message?.kind === 'failed' && <p class="error">It failed: {message.reason}</p>}
        {message?.kind === 'finished' && (
          <p class="recommended">
            {message.recommended ? (
              <>
                Use <b>{message.recommended}</b>. {message.reason}.
              </>
            ) : (
              <>None of the backends runs here. {message.reason}.</>
            )}
          </p>
        )}
      </div>
      {message?.kind === 'finished' && <Table measured={message.measured} />}
    </section>
  );
}

function useShape() {
  const [cell, setCell] = useUrlState('cell', 'lstm');
  const [units, setUnits] = useUrlState('units', '64');
  const [batch, setBatch] = useUrlState('batch', '32');
  const [steps, setSteps] = useUrlState('steps', '32');
  const [train, setTrain] = useUrlState('train', '1');
  const whole = (text: string) => Math.max(1, Math.floor(Number(text)) || 1);
  const shape: Shape = {
    cell: cell === 'gru' || cell === 'rnn' ? cell : 'lstm',
    units: whole(units),
    batch: whole(batch),
    steps: whole(steps),
    train: train === '1',
  };
  const sizes = [
    ['Units', shape.units, setUnits],
    ['Batch size', shape.batch, setBatch],
    ['Steps', shape.steps, setSteps],
  ] as const;
  const fields = (
    <>
      <label class="field">
        Layer
        <select value={shape.cell} onChange={({ currentTarget }) => setCell(currentTarget.value)}>
          <option value="lstm">LSTM</option>
          <option value="gru">GRU</option>
          <option value="rnn">RNN</option>
        </select>
      </label>
      {sizes.map(([label, value, set]) => (
        <label key={label} class="field">
          {label}
          <input
            type="number"
            min={1}
            max={4096}
            value={value}
            onChange={({ currentTarget }) => set(currentTarget.value)}
          />
        </label>
      ))}
      <label class="field">
        Work
        <select value={train} onChange={({ currentTarget }) => setTrain(currentTarget.value)}>
          <option value="1">a training step</option>
          <option value="0">a forward pass</option>
        </select>
      </label>
    </>
  );
  return { shape, fields };
}

function Table({ measured }: { readonly measured: readonly Measured[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="scroll" aria-label="Times of your layer" tabIndex={0}>
      <table class="times">
        <thead>
          <tr>
            <th scope="col">Backend</th>
            <th scope="col">Median</th>
            <th scope="col">Spread</th>
            <th scope="col">Kernel</th>
            <th scope="col">On</th>
          </tr>
        </thead>
        <tbody>
          {measured.map(({ label, medianMs, spread = 0, composed, device, software, error }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {error === undefined ? (
                <>
                  <td>{duration(medianMs ?? 0)}</td>
                  <td>±{percent(spread / 2)}</td>
                  <td>{composed ? `composed: ${composed}` : 'fused'}</td>
                  <td class="reason">
                    {device}
                    {software && ' (emulated in software)'}
                  </td>
                </>
              ) : (
                <td colSpan={4} class="reason">
                  left out: {error}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
