/* The frame of a gallery page, which all pages share. */
import { type ComponentChildren, type ComponentType, render } from 'preact';
import { pages } from '../../pages/pages.js';
import type { Settings } from '../task.js';
import type { Scored } from '../worker/protocol.js';
import { Code } from './code.js';
import { Compare } from './compare.js';
import { Controls } from './controls.js';
import { Files } from './files.js';
import { Numbers, Score } from './score.js';
import './style.css';
import { Top } from './top.js';
import { closest, type Shipped, type Status, useTraining } from './training.js';

export interface ResultProps<Picture> {
  /** The newest result of `picture` in inference.ts. */
  readonly picture: Picture | undefined;
  /** Calls `answer` in inference.ts. */
  readonly ask: (question: unknown) => Promise<unknown>;
  readonly status: Status;
  readonly settings: Settings | undefined;
  /** The held-out scores of this training so far. */
  readonly scores: readonly Scored[];
}

export interface PageOptions<Picture> {
  /** The folder in pages/. */
  readonly name: string;
  readonly lede: string;
  /** Shows the picture of the result and takes the reader's own input. */
  readonly Result: ComponentType<ResultProps<Picture>>;
  /** An explanation of what to look at, and how far to trust the result. */
  readonly notes: ComponentChildren;
  readonly code: string;
  /** Several records if the page ships weights for more than one of its settings. */
  readonly trained: Shipped | readonly [Shipped, ...Shipped[]];
  /** The authors and the licence of the data. */
  readonly attribution: ComponentChildren;
}

export function mount<Picture>(options: PageOptions<Picture>): void {
  render(<Page {...(options as PageOptions<unknown>)} />, document.getElementById('page') as HTMLElement);
}

function Page({ name, lede, Result, notes, code, trained, attribution }: PageOptions<unknown>) {
  const training = useTraining(name);
  const shipped = closest([trained].flat(), training.started?.settings);
  const { title } = pages.find(({ folder }) => folder === name) as (typeof pages)[number];
  return (
    <>
      <Top current={name} root="../" />
      <main>
        <h1>{title}</h1>
        <p class="lede">{lede}</p>
        <Controls training={training} trained={shipped} />
        <div class="stage">
          <div class="result">
            <Result
              picture={training.picture}
              ask={training.ask}
              status={training.status}
              settings={training.started?.settings}
              scores={training.scores}
            />
          </div>
          <aside aria-label="Progress">
            <Score training={training} />
            <Numbers training={training} />
          </aside>
        </div>
        <div class="prose">{notes}</div>
        <div class="pair">
          <Files training={training} name={name} trained={shipped} />
          <Compare training={training} />
        </div>
        <Code path={`apps/demos/pages/${name}/task.ts`} code={code} />
        <section class="prose" aria-labelledby="data">
          <h2 id="data">The data</h2>
          {attribution}
        </section>
      </main>
    </>
  );
}
