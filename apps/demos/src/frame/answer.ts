import { useEffect, useState } from 'preact/hooks';
import type { ResultProps } from './mount.js';

/**
 * The worker's answer to a query. The query is repeated with every new picture, because the network has
 * learnt meanwhile. Undefined until the first answer, and if there is no query.
 */
export function useAnswer<Answer>(
  { ask, picture }: Pick<ResultProps<unknown>, 'ask' | 'picture'>,
  question: unknown,
): Answer | undefined {
  const [answer, setAnswer] = useState<Answer>();
  const query = JSON.stringify(question);
  useEffect(() => {
    let current = true;
    if (query === undefined || !picture) setAnswer(undefined);
    else {
      ask(JSON.parse(query)).then(
        (found) => current && setAnswer(() => found as Answer),
        () => current && setAnswer(undefined),
      );
    }
    return () => {
      current = false;
    };
  }, [query, picture]);
  return answer;
}
