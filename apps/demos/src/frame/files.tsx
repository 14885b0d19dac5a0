/* Weights in and out: trained ones to try at once, a file to keep, a file to go on from, ONNX for elsewhere. */
import { useState } from 'preact/hooks';
import type { Baseline, Settings } from '../task.js';
import type { Training } from './training.js';

/** What `npx pnpm demos train PAGE` writes beside the weights. */
export interface Trained {
  readonly command: string;
  readonly seed: number;
  readonly settings: Settings;
  readonly seconds: number;
  readonly score: number;
  readonly baselines: readonly Baseline[];
}

export interface FilesProps {
  readonly training: Training;
  readonly name: string;
  readonly trained: { readonly url: string; readonly record: Trained };
}

export function Files({ training, name, trained: { url, record } }: FilesProps) {
  const [said, setSaid] = useState('');
  const told = (work: () => Promise<void>) => () => work().catch((error: Error) => setSaid(error.message));
  const use = (bytes: Uint8Array, origin: 'trained' | 'file', changed = training.options.changed) =>
    training.start({ weights: bytes, paused: true, changed }, origin);
  const loadTrained = told(async () => {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    const settings = Object.entries(record.settings).map(([key, value]) => [key, String(value)]);
    const offered = settings.filter(([key]) => key in (training.started?.choices ?? {}));
    await use(new Uint8Array(await response.arrayBuffer()), 'trained', Object.fromEntries(offered));
  });
  const save = (format: 'save' | 'onnx', ending: string) =>
    told(async () => {
      const bytes = await training.file(format);
      download(bytes, `${name}.${ending}`);
      setSaid(`${name}.${ending}, ${Math.ceil(bytes.length / 1000)} kB`);
    });
  const { unit = '', decimals = 1 } = training.started?.score ?? {};
  return (
    <section aria-labelledby="files">
      <h2 id="files">Take it with you</h2>
      <p>
        A network trained longer, {Math.max(1, Math.round(record.seconds / 60))} min by{' '}
        <code>{record.command}</code>: {record.score.toFixed(decimals)} {unit} on all held-out data.
      </p>
      <p class="row">
        <button type="button" class="trained" onClick={loadTrained}>
          Use the trained network
        </button>
        <button type="button" onClick={save('save', 'safetensors')}>
          Save
        </button>
        <button type="button" onClick={save('onnx', 'onnx')}>
          Export to ONNX
        </button>
        <label class="button">
          Load
          <input
            type="file"
            class="visually-hidden"
            accept=".safetensors"
            onChange={({ currentTarget: { files } }) =>
              files?.[0] && told(async () => use(new Uint8Array(await files[0].arrayBuffer()), 'file'))()
            }
          />
        </label>
      </p>
      <p role="status" class="finding">
        {said || (training.origin === 'trained' && 'These are the trained weights; Train goes on from them.')}
      </p>
    </section>
  );
}

function download(bytes: Uint8Array, name: string): void {
  const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
