/* The head of every page. */
import { useEffect, useRef } from 'preact/hooks';
import { pages } from '../../pages/pages.js';

/** @param current the folder of this page; none for the gallery itself */
export function Top({ current, root }: { current?: string; root: string }) {
  const here = useRef<HTMLAnchorElement>(null);
  // On a narrow screen the links are a strip that scrolls sideways.
  useEffect(() => here.current?.scrollIntoView({ block: 'nearest', inline: 'center' }), []);
  return (
    <header class="top">
      <a class="brand" href={root} aria-current={current ? undefined : 'page'}>
        Recurra
      </a>
      <nav aria-label="Gallery">
        {pages.map(({ folder, title }) => (
          <a
            key={folder}
            ref={folder === current ? here : undefined}
            href={`${root}${folder}/`}
            aria-current={folder === current ? 'page' : undefined}
          >
            {title}
          </a>
        ))}
      </nav>
    </header>
  );
}
