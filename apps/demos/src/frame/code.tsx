/* The page's code as it runs, to copy. */
import { useState } from 'preact/hooks';

export function Code({ path, code }: { path: string; code: string }) {
  const [copied, setCopied] = useState('');
  const copy = async () => {
    await navigator.clipboard.writeText(code).then(
      () => setCopied('Copied'),
      () => setCopied('Select it and copy: the browser does not let the page'),
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
        The worker behind this page runs this file, <code>{path}</code>, and so does the recorded training.
      </p>
      <section class="scroll" aria-label={path} {...reachable}>
        <pre>
          <code>{highlighted(code)}</code>
        </pre>
      </section>
    </section>
  );
}

/** What scrolls must be reached by the keyboard. */
const reachable = { tabIndex: 0 };

const tokens =
  /(\/\/.*)|('[^'\n]*'|`[^`]*`)|\b(import|from|export|default|const|async|await|return|for|of|interface|extends|readonly|type|let|if|new)\b/g;

/** Comments, strings and keywords in colours of their own. */
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
