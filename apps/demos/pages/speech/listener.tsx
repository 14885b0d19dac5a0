/* A sample or the reader's own voice, its spectrogram, and the digit that the network hears. */
import { useEffect, useState } from 'preact/hooks';
import { useAnswer } from '../../src/frame/answer.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import type { Heard, HeardDigit } from './inference.js';
import { play, record, type Sound, sampleOf } from './sound.js';
import { Spectrogram } from './spectrogram.js';

const digits = Array.from({ length: 10 }, (_, digit) => digit);

export function Listener({ ask, picture }: ResultProps<readonly HeardDigit[]>) {
  const [sample, setSample] = useUrlState('sample', '7');
  const [sound, setSound] = useState<Sound>();
  const [own, setOwn] = useState(false);
  const [message, setMessage] = useState('');
  const digit = digits.includes(Number(sample)) ? Number(sample) : 7;
  useEffect(() => {
    let current = true;
    sampleOf(digit).then(
      (loaded) => current && !own && setSound(loaded),
      (error: Error) => current && setMessage(error.message),
    );
    return () => {
      current = false;
    };
  }, [digit, own]);
  const heard = useAnswer<Heard>({ ask, picture }, sound);
  const listen = async () => {
    setMessage('Listening for two seconds: say a digit in English …');
    try {
      const recorded = await record(2);
      setOwn(true);
      setSound(recorded);
      setMessage('');
    } catch (error) {
      setMessage(`The microphone cannot be used: ${(error as Error).message}`);
    }
  };
  const end = heard?.probabilities[heard.probabilities.length - 1];
  const best = end?.indexOf(Math.max(...end));
  return (
    <section aria-labelledby="hears" class="listener">
      <h2 id="hears">{own ? 'What it hears when you speak' : `What it hears when theo says ${digit}`}</h2>
      <div class="hearing">
        <Spectrogram heard={heard} />
        <p class="read" aria-live="polite">
          <span class="visually-hidden">It hears </span>
          {best ?? '?'}
          <span class="quiet">{end && best !== undefined && ` ${Math.round(100 * end[best])} %`}</span>
        </p>
      </div>
      <div class="row">
        <button type="button" onClick={listen}>
          Speak
        </button>
        <button type="button" disabled={!sound} onClick={() => sound && play(sound)}>
          Play it
        </button>
        <fieldset class="samples">
          <legend>A sample of</legend>
          {digits.map((value) => (
            <button
              key={value}
              type="button"
              aria-pressed={!own && value === digit}
              onClick={() => {
                setOwn(false);
                setSample(String(value));
              }}
            >
              {value}
            </button>
          ))}
        </fieldset>
      </div>
      <p class="finding" role="status">
        {message}
      </p>
    </section>
  );
}
