/* Which of the digits that were read are right. */

/** A digit that was spoken and the one that was read for it. Without `read` it was missed; without `spoken` there was none. */
export interface Mark {
  readonly spoken?: number;
  readonly read?: number;
}

/** Pairs the digits that were read with those that were spoken, with as few edits as possible. */
export function marksOf(read: readonly number[], spoken: readonly number[]): Mark[] {
  /** By number of digits read and spoken, the edits that are left. */
  const edits = Array.from({ length: read.length + 1 }, () => new Array<number>(spoken.length + 1).fill(0));
  for (let i = read.length; i >= 0; i--) {
    for (let j = spoken.length; j >= 0; j--) {
      if (i === read.length || j === spoken.length) edits[i][j] = read.length - i + spoken.length - j;
      else {
        const pair = edits[i + 1][j + 1] + (read[i] === spoken[j] ? 0 : 1);
        edits[i][j] = Math.min(pair, edits[i + 1][j] + 1, edits[i][j + 1] + 1);
      }
    }
  }
  const marks: Mark[] = [];
  for (let i = 0, j = 0; i < read.length || j < spoken.length; ) {
    const paired = i < read.length && j < spoken.length;
    if (paired && edits[i][j] === edits[i + 1][j + 1] + (read[i] === spoken[j] ? 0 : 1))
      marks.push({ read: read[i++], spoken: spoken[j++] });
    else if (i < read.length && edits[i][j] === edits[i + 1][j] + 1) marks.push({ read: read[i++] });
    else marks.push({ spoken: spoken[j++] });
  }
  return marks;
}

export function isRight({ read, spoken }: Mark): boolean {
  return read === spoken;
}
