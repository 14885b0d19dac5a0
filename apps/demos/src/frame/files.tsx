/* Saving, loading and exporting the weights. */
import { useState } from 'preact/hooks';
import { download } from './download.js';
import type { Shipped, Training } from './training.js';

export interface FilesProps {
  readonly training: Training;
  readonly name: string;
  readonly trained: Shipped;
}

export function Files({ training, name, trained: { record } }: FilesProps) {
  const [message, setMessage] = useState('');
  const reporting = (work: () => Promise<void>) => () =>
    work().catch((error: Error) => setMessage(error.message));
  const save = (format: 'save' | 'onnx', ending: string) =>
    reporting(async () => {
      const bytes = await training.file(format);
      download(bytes, `${name}.${ending}`);
      setMessage(`${name}.${ending}, ${Math.ceil(bytes.length / 1000)} kB`);
    });
  const { unit = '', decimals = 1 } = training.started?.score ?? {};
  return (
    <section aria-labelledby="files">
      <h2 id="files">Take it with you</h2>
      <p>
        The trained network was trained for {duration(record.seconds)} by <code>{record.command}</code>:{' '}
        {record.score.toFixed(decimals)} {unit} on all held-out data.
      </p>
      <p class="row">
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
              files?.[0] &&
              reporting(async () => training.useFile(new Uint8Array(await files[0].arrayBuffer())))()
            }
          />
        </label>
      </p>
      <p role="status" class="finding">
        {message}
      </p>
    </section>
  );
}

function duration(seconds: number): string {
  return seconds < 100 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
