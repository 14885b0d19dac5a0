/* The curves, and the reader's own two numbers. */
import { useEffect, useState } from 'preact/hooks';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import { Gradients } from './gradients.js';
import type { Norms } from './inference.js';

export function Result({ picture, ask, settings }: ResultProps<Norms>) {
  return (
    <>
      <section data-picture aria-labelledby="gradients">
        <h2 id="gradients">How much of the gradient reaches each step</h2>
        <p class="quiet">
          The answer comes after the last step. What a step can learn from it is what reaches it of the
          gradient.
        </p>
        {picture && <Gradients norms={picture} />}
      </section>
      <Sum picture={picture} ask={ask} steps={settings?.steps} />
    </>
  );
}

function Sum({ picture, ask, steps }: Pick<ResultProps<Norms>, 'picture' | 'ask'> & { steps: unknown }) {
  const [first, setFirst] = useUrlState('first', '0.2');
  const [later, setLater] = useUrlState('later', '0.9');
  const [sum, setSum] = useState<number>();
  const numbers = [first, later].map((text) => Number(text) || 0);
  useEffect(() => {
    if (!picture) return;
    let current = true;
    // A network that is being replaced answers no more; the next one's picture asks again.
    ask(numbers).then(
      (sum) => current && setSum(sum as number),
      () => {},
    );
    return () => {
      current = false;
    };
  }, [first, later, picture]);
  const slider = (label: string, value: string, set: (value: string) => void) => (
    <label class="field">
      {label} {value}
      <input
        type="range"
        min="0"
        max="1"
        step="0.05"
        value={value}
        onInput={({ currentTarget }) => set(currentTarget.value)}
      />
    </label>
  );
  return (
    <section aria-labelledby="sum">
      <h2 id="sum">Your two numbers, among {Number(steps ?? 2) - 2} others</h2>
      <div class="row">
        {slider('The first', first, setFirst)}
        {slider('The later', later, setLater)}
      </div>
      <p class="sum">
        {numbers[0]} + {numbers[1]} = {(numbers[0] + numbers[1]).toFixed(2)}. The network says{' '}
        <b>{sum?.toFixed(2) ?? '…'}</b>.
      </p>
    </section>
  );
}
