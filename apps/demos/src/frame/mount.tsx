/* The frame of a gallery page, which all pages share. */
import { type ComponentChildren, type ComponentType, render } from 'preact';
import { useMemo } from 'preact/hooks';
import { pages } from '../../pages/pages.js';
import type { Settings } from '../task.js';
import type { Scored } from '../worker/protocol.js';
import { Code } from './code.js';
import { Compare } from './compare.js';
import { Controls } from './controls.js';
import { Files } from './files.js';
import { useNextFrame, useParts } from './frames.js';
import { Numbers, Score } from './score.js';
import './style.css';
import { Top } from './top.js';
import { closest, type Shipped, type Status, type Training, useTraining } from './training.js';

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
  const page = <Page {...(options as PageOptions<unknown>)} />;
  // Not in the task that evaluates the page's scripts.
  setTimeout(() => render(page, document.getElementById('page') as HTMLElement));
}

function Page({ name, lede, Result, notes, code, trained, attribution }: PageOptions<unknown>) {
  const training = useTraining(name);
  const parts = useParts(5);
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
          <div class="result">{parts > 1 && <Shown Result={Result} training={training} />}</div>
          {parts > 2 && (
            <aside aria-label="Progress">
              <Score training={training} />
              <Numbers training={training} />
            </aside>
          )}
        </div>
        {parts > 3 && (
          <>
            <div class="prose">{notes}</div>
            <div class="pair">
              <Files training={training} name={name} trained={shipped} />
              <Compare training={training} />
            </div>
          </>
        )}
        {parts > 4 && (
          <>
            <Code path={`apps/demos/pages/${name}/task.ts`} code={code} />
            <section class="prose" aria-labelledby="data">
              <h2 id="data">The data</h2>
              {attribution}
            </section>
          </>
        )}
      </main>
    </>
  );
}

/** The page's result. It has a frame of its own, after that of the scores and curves, and only when it has changed. */
function Shown({ Result, training }: Pick<PageOptions<unknown>, 'Result'> & { training: Training }) {
  const { picture, ask, status, scores, started } = training;
  const settings = started?.settings;
  const result = useMemo(
    () => <Result picture={picture} ask={ask} status={status} settings={settings} scores={scores} />,
    [Result, picture, ask, status, settings, scores, scores.length],
  );
  return useNextFrame(result);
}
