/* The page's state in its URL, so that it can be reloaded, kept and sent. */
import { useState } from 'preact/hooks';

export function readUrl(): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(location.search));
}

/** Changes the URL in place; what is undefined is left out. */
export function writeUrl(changes: Readonly<Record<string, string | undefined>>): void {
  const parameters = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) parameters.delete(name);
    else parameters.set(name, value);
  }
  const query = parameters.toString();
  history.replaceState(undefined, '', `${location.pathname}${query && `?${query}`}`);
}

/** A state that stands in the URL unless it is the usual one. */
export function useUrlState(name: string, usual: string): [string, (value: string) => void] {
  const [value, setValue] = useState(() => readUrl()[name] ?? usual);
  return [
    value,
    (next) => {
      setValue(next);
      writeUrl({ [name]: next === usual ? undefined : next });
    },
  ];
}
