/* The reader's own number, said with samples or spoken into the microphone. */
import { useEffect, useState } from 'preact/hooks';
import { useAnswer } from '../../src/frame/answer.js';
import type { ResultProps } from '../../src/frame/mount.js';
import { useUrlState } from '../../src/frame/url.js';
import { play, record, sampleOf } from '../speech/sound.js';
import { Alignment } from './alignment.js';
import type { Reading, ReadString } from './inference.js';
import { joinedSounds, type SaidNumber } from './saying.js';

const EXAMPLES = ['314159', '7778', '2024'];
const LISTENING = 4;

export function Speaker({ ask, picture }: ResultProps<readonly ReadString[]>) {
  const [number, setNumber] = useUrlState('number', EXAMPLES[0]);
  const [said, setSaid] = useState<SaidNumber>();
  const [own, setOwn] = useState(false);
  const [message, setMessage] = useState('');
  useEffect(() => {
    if (own) return;
    let current = true;
    say(number).then(
      (said) => {
        if (!current) return;
        setSaid(said);
        setMessage(said ? '' : 'Type three to six digits.');
      },
      (error: Error) => current && setMessage(error.message),
    );
    return () => {
      current = false;
    };
  }, [number, own]);
  const reading = useAnswer<Reading>({ ask, picture }, said);
  const use = (text: string) => {
    setOwn(false);
    setNumber(text.replace(/\D/g, '').slice(0, 6));
  };
  const listen = async () => {
    setMessage(
      `Listening for ${LISTENING} seconds: say three to six digits in English, one after the other …`,
    );
    try {
      const sound = await record(LISTENING);
      setOwn(true);
      setSaid({ sound, spoken: [] });
      setMessage('');
    } catch (error) {
      setMessage(`The microphone cannot be used: ${(error as Error).message}`);
    }
  };
  return (
    <section class="reader" aria-labelledby="yours">
      <h2 id="yours">Your number{own ? ', in your voice' : ''}</h2>
      <label class="field">
        Three to six digits, which theo says
        <input
          type="text"
          inputMode="numeric"
          maxLength={6}
          value={number}
          onInput={({ currentTarget }) => {
            use(currentTarget.value);
            currentTarget.value = currentTarget.value.replace(/\D/g, '');
          }}
        />
      </label>
      <p class="row">
        <button type="button" disabled={!said} onClick={() => said && play(said.sound)}>
          Play
        </button>
        <button type="button" onClick={listen}>
          Speak
        </button>
        {EXAMPLES.map((example) => (
          <button type="button" key={example} onClick={() => use(example)}>
            {example}
          </button>
        ))}
      </p>
      <p class="finding" role="status">
        {message}
      </p>
      <Alignment reading={reading} />
    </section>
  );
}

/** The number in theo's voice; undefined if it does not have three to six digits. */
async function say(number: string): Promise<SaidNumber | undefined> {
  if (!/^\d{3,6}$/.test(number)) return undefined;
  const digits = [...number].map(Number);
  return joinedSounds(digits, await Promise.all(digits.map(sampleOf)));
}
