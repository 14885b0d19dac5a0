import { useEffect, useState } from 'preact/hooks';

/**
 * The worker's answer to the newest question, asked anew with every picture: the network has learnt since. Until there is
 * a picture, and where there is no question or the network could not answer it, nothing.
 */
export function useAnswer<Answer>(
  ask: (question: unknown) => Promise<unknown>,
  question: unknown,
  picture: unknown,
): Answer | undefined {
  const [answer, setAnswer] = useState<Answer>();
  const asked = JSON.stringify(question);
  useEffect(() => {
    let current = true;
    if (asked === undefined || !picture) setAnswer(undefined);
    else {
      ask(JSON.parse(asked)).then(
        (found) => current && setAnswer(found as Answer),
        () => current && setAnswer(undefined),
      );
    }
    return () => {
      current = false;
    };
  }, [asked, picture]);
  return answer;
}
