import { useEffect, useState } from 'preact/hooks';
import type { ResultProps } from './mount.js';

/**
 * The worker's answer to a question. It is asked again with every new picture, because the network has learnt since. Undefined
 * until the first answer, and if there is no question.
 */
export function useAnswer<Answer>(
  { ask, picture }: Pick<ResultProps<unknown>, 'ask' | 'picture'>,
  question: unknown,
): Answer | undefined {
  const [answer, setAnswer] = useState<Answer>();
  const asked = JSON.stringify(question);
  useEffect(() => {
    let current = true;
    if (asked === undefined || !picture) setAnswer(undefined);
    else {
      ask(JSON.parse(asked)).then(
        (found) => current && setAnswer(() => found as Answer),
        () => current && setAnswer(undefined),
      );
    }
    return () => {
      current = false;
    };
  }, [asked, picture]);
  return answer;
}
