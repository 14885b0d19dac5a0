/**
 * Ridge regression: the coefficients W [p][q] for which Σ |xᵀW − y|² + penalty · |W|² is smallest, from the normal equations
 * (XᵀX + penalty · I) W = XᵀY, by Cholesky's decomposition (Golub & Van Loan, Matrix Computations, §4.2).
 */
export function ridge(
  rows: readonly { readonly x: readonly number[]; readonly y: ArrayLike<number> }[],
  penalty: number,
): Float64Array[] {
  const p = rows[0].x.length;
  const gram = Array.from({ length: p }, (_, i) => new Float64Array(i + 1));
  const right = Array.from({ length: p }, () => new Float64Array(rows[0].y.length));
  for (const { x, y } of rows) {
    for (let i = 0; i < p; i++) {
      for (let j = 0; j <= i; j++) gram[i][j] += x[i] * x[j];
      for (let k = 0; k < y.length; k++) right[i][k] += x[i] * y[k];
    }
  }
  for (const [i, row] of gram.entries()) row[i] += penalty;
  return solve(gram, right);
}

/** Solves A X = B in place, for a positive definite A, of which only the lower triangle is read. */
function solve(a: Float64Array[], b: Float64Array[]): Float64Array[] {
  const subtract = (to: number, from: number, factor: number) => {
    for (let k = 0; k < b[to].length; k++) b[to][k] -= factor * b[from][k];
  };
  const divide = (row: number) => {
    for (let k = 0; k < b[row].length; k++) b[row][k] /= a[row][row];
  };
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i][j];
      for (let k = 0; k < j; k++) sum -= a[i][k] * a[j][k];
      a[i][j] = i === j ? Math.sqrt(sum) : sum / a[j][j];
    }
    for (let j = 0; j < i; j++) subtract(i, j, a[i][j]);
    divide(i);
  }
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = i + 1; j < a.length; j++) subtract(i, j, a[j][i]);
    divide(i);
  }
  return b;
}
