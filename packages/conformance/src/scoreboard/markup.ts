/* HTML templates that escape every value that is not markup made by this module. */

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Markup that is safe to insert in a page unescaped. */
export class Markup {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

export type Value = string | number | Markup | readonly Value[] | undefined;

/**
 * A template of markup: `html`<td>${name}</td>``. Text is escaped, lists are joined, and undefined gives the
 * empty string.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(parts.map((part, at) => (at === 0 ? part : source(values[at - 1]) + part)).join(''));
}

function source(value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.source;
  if (typeof value === 'object') return value.map(source).join('');
  return String(value).replace(/[&<>"']/g, (character) => ESCAPES[character]);
}
