/* The page's task file, with a button to copy it. */
import { useMemo, useState } from 'preact/hooks';

export function Code({ path, code }: { path: string; code: string }) {
  const lines = useMemo(() => highlighted(code), [code]);
  const [copied, setCopied] = useState('');
  const copy = async () => {
    await navigator.clipboard.writeText(code).then(
      () => setCopied('Copied'),
      () => setCopied('The browser does not allow it: select the code and copy it'),
    );
    setTimeout(setCopied, 3000, '');
  };
  return (
    <section aria-labelledby="code">
      <div class="heading">
        <h2 id="code">The code</h2>
        <button type="button" onClick={copy}>
          Copy
        </button>
        <span role="status" class="quiet">
          {copied}
        </span>
      </div>
      <p>
        This page runs this file, <code>{path}</code>, in a worker. The recorded training runs the same file.
      </p>
      <section class="scroll" aria-label={path} {...reachable}>
        <pre>
          <code>{lines}</code>
        </pre>
      </section>
    </section>
  );
}

/** A region that scrolls must be reachable by keyboard. */
const reachable = { tabIndex: 0 };

const tokens =
  /(\/\/.*)|('[^'\n]*'|`[^`]*`)|\b(import|from|export|default|const|async|await|return|for|of|interface|extends|readonly|type|let|if|new)\b/g;

/** Gives comments, strings and keywords their own colours. */
function highlighted(code: string) {
  const parts = [];
  let end = 0;
  for (const match of code.matchAll(tokens)) {
    const kind = match[1] ? 'comment' : match[2] ? 'string' : 'keyword';
    parts.push(code.slice(end, match.index), <span class={kind}>{match[0]}</span>);
    end = match.index + match[0].length;
  }
  return [...parts, code.slice(end)];
}
