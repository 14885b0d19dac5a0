/* Phones, each with a word that has it. */
import { EXAMPLES } from './dictionary.js';

export function Phones({ phones }: { phones: readonly string[] }) {
  if (phones.length === 0) return <span class="phones">nothing</span>;
  return (
    <span class="phones">
      {phones.map((phone, i) => (
        <span key={i} title={`${phone} as in “${EXAMPLES[phone]}”`}>
          {phone}{' '}
        </span>
      ))}
    </span>
  );
}
