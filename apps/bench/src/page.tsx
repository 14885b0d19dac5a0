/* The benchmark page. */
import { render } from 'preact';
import '@recurra/demos/style.css';
import './page.css';
import { Choices, useChoices } from './choices.js';
import { Doctor } from './doctor.js';
import { Notes } from './notes.js';
import { Progress } from './progress.js';
import { Results } from './results.js';
import { useMissing, useRuns } from './run.js';

function Page() {
  const missing = useMissing();
  const choices = useChoices(missing);
  const runs = useRuns();
  return (
    <>
      <header class="top">
        <span class="brand">Recurra</span>
      </header>
      <main>
        <h1>How fast is it here?</h1>
        <p class="lede">
          Recurra, TensorFlow.js and ONNX Runtime Web, timed in your browser with the same weights. Outputs
          are compared first: a system with wrong results is not timed. Nothing is sent anywhere.
        </p>
        <Doctor />
        <h2>Compared with other libraries</h2>
        <Choices choices={choices} missing={missing} running={runs.run.status === 'running'} />
        <Progress runs={runs} choices={choices} ready={missing !== undefined} />
        <Results run={runs.run} />
        <Notes />
      </main>
    </>
  );
}

render(<Page />, document.getElementById('page') as HTMLElement);
