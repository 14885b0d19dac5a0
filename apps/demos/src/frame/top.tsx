/* The head of every page. */
import { pages } from '../../pages/pages.js';

/** @param current the folder of this page; none for the gallery itself */
export function Top({ current, root }: { current?: string; root: string }) {
  return (
    <header class="top">
      <a class="brand" href={root} aria-current={current ? undefined : 'page'}>
        Recurra
      </a>
      <nav aria-label="Gallery">
        {pages.map(({ folder, title }) => (
          <a key={folder} href={`${root}${folder}/`} aria-current={folder === current ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
    </header>
  );
}
