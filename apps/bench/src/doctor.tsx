/* Which backend for the reader's own layer: measured for a few seconds, with a recommendation. */
import { duration, percent } from '@recurra/bench/format';
import { useUrlState } from '@recurra/demos/url';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { DoctorTold, Measured, Shape } from './doctor-protocol.js';

export function Doctor() {
  const { shape, fields } = useShape();
  const [told, setTold] = useState<DoctorTold>();
  const worker = useRef<Worker | undefined>(undefined);
  const end = () => {
    worker.current?.terminate();
    worker.current = undefined;
  };
  useEffect(() => end, []);
  const measure = () => {
    end();
    setTold({ kind: 'progress', share: 0, backend: '', doing: 'starting' });
    const started = new Worker(new URL('./worker/doctor.ts', import.meta.url), { type: 'module' });
    started.onmessage = ({ data }: MessageEvent<DoctorTold>) => {
      setTold(data);
      if (data.kind !== 'progress') end();
    };
    started.onerror = ({ message }) => {
      setTold({ kind: 'failed', reason: message || 'the worker could not be loaded' });
    };
    started.postMessage(shape);
    worker.current = started;
  };
  const running = told?.kind === 'progress';
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
            setTold(undefined);
          }}
        >
          Stop
        </button>
      </div>
      {told?.kind === 'progress' && (
        <label class="field going">
          {told.doing} {told.backend} …
          <progress max={1} value={told.share} />
        </label>
      )}
      <div role="status">
        {told?.kind === 'failed' && <p class="error">It failed: {told.reason}</p>}
        {told?.kind === 'finished' && (
          <p class="recommended">
            {told.recommended ? (
              <>
                Use <b>{told.recommended}</b>. {told.reason}.
              </>
            ) : (
              <>None of the backends runs here. {told.reason}.</>
            )}
          </p>
        )}
      </div>
      {told?.kind === 'finished' && <Table measured={told.measured} />}
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
    ['Rows of a batch', shape.batch, setBatch],
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
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
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
                  <td>
                    {device}
                    {software && ' (in software, on the processor)'}
                  </td>
                </>
              ) : (
                <td colSpan={4}>left out: {error}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
