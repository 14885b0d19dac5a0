/* The page's state in its URL, so that it can be reloaded, bookmarked and sent. */
import { useState } from 'preact/hooks';

export function readUrl(): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(location.search));
}

/** Sets parameters of the URL without a new history entry; undefined removes one. */
export function writeUrl(changes: Readonly<Record<string, string | undefined>>): void {
  const parameters = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) parameters.delete(name);
    else parameters.set(name, value);
  }
  const query = parameters.toString();
  history.replaceState(undefined, '', `${location.pathname}${query && `?${query}`}`);
}

/** A state that is kept in the URL, except when it has its default value. */
export function useUrlState(name: string, initial: string): [string, (value: string) => void] {
  const [value, setValue] = useState(() => readUrl()[name] ?? initial);
  return [
    value,
    (next) => {
      setValue(next);
      writeUrl({ [name]: next === initial ? undefined : next });
    },
  ];
}
