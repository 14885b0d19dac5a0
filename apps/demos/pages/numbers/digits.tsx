/* The digits that were read, with mistakes marked: ✗ for a wrong one, a struck-out one for one that was missed. */
import { isRight, type Mark } from './marks.js';

export function Digits({ marks }: { marks: readonly Mark[] }) {
  if (marks.length === 0) return <span class="digits">nothing</span>;
  return (
    <span class="digits">
      {marks.map((mark, i) => (
        <Digit key={i} mark={mark} />
      ))}
    </span>
  );
}

function Digit({ mark }: { mark: Mark }) {
  const { read, spoken } = mark;
  if (isRight(mark)) return <span>{read}</span>;
  if (read === undefined)
    return (
      <del class="wrong" title={`${spoken} was missed`}>
        {spoken}
      </del>
    );
  return (
    <span class="wrong" title={spoken === undefined ? 'not spoken' : `${spoken} was spoken`}>
      {read}✗
    </span>
  );
}
