/* Characters as readable text, also for screen readers. */

/** A name for a character that cannot be seen; the character itself otherwise. */
export function nameOf(character: string): string {
  return { ' ': 'space', '\n': 'line end' }[character] ?? character;
}

/** Lists the characters of the reader's text that the network cannot read. */
export function Unknown({ characters }: { characters: string | undefined }) {
  if (!characters) return null;
  return (
    <p class="quiet">Left out, because the plays do not have them: {[...characters].map(nameOf).join(' ')}</p>
  );
}
