/* A request with its slots marked. */
import type { Tagging } from './requests.js';
import { type Span, spansOf } from './spans.js';

export interface TaggedProps {
  readonly tagging: Pick<Tagging, 'words' | 'tags'>;
  /** The note under a span. */
  noteOf(span: Span): string;
  isWrong(span: Span): boolean;
}

export function Tagged({ tagging: { words, tags }, noteOf, isWrong }: TaggedProps) {
  const spans = spansOf(tags);
  return words.map((word, i) => {
    const span = spans.find(({ from, to }) => from <= i && i < to);
    if (!span) return <span key={i}>{word} </span>;
    if (span.from !== i) return null;
    return (
      <span key={i}>
        <span class={`slot ${familyOf(span)} ${isWrong(span) ? 'wrong' : ''}`}>
          <span>{words.slice(span.from, span.to).join(' ')}</span>
          <span class="visually-hidden">: </span>
          <span class="name">{noteOf(span)}</span>
        </span>{' '}
      </span>
    );
  });
}

/** `object_part_of_series_type` and `timeRange` in words. */
export function nameOf({ slot }: Span): string {
  return slot.replaceAll('_', ' ').replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
}

/** Decides the colour: where, when or how much, or what. */
function familyOf({ slot }: Span): 'where' | 'when' | 'what' {
  if (/city|state|country|location|poi|spatial/.test(slot) && !/object/.test(slot)) return 'where';
  return /time|year|rating|number/.test(slot) ? 'when' : 'what';
}
