/** One observation: the inputs x and the targets y. */
export interface Observation {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/**
 * Ridge regression: the coefficients W [p][q] that minimise Σ |xᵀW − y|² + penalty · |W|², from the normal equations
 * (XᵀX + penalty · I) W = XᵀY by Cholesky decomposition (Golub & Van Loan, Matrix Computations, §4.2).
 */
export function ridge(observations: Iterable<Observation>, penalty: number): Float64Array[] {
  let gram: Float64Array[] = [];
  let right: Float64Array[] = [];
  for (const { x, y } of observations) {
    if (gram.length === 0) {
      gram = Array.from({ length: x.length }, (_, i) => new Float64Array(i + 1));
      right = Array.from({ length: x.length }, () => new Float64Array(y.length));
    }
    for (let i = 0; i < x.length; i++) {
      for (let j = 0; j <= i; j++) gram[i][j] += x[i] * x[j];
      for (let k = 0; k < y.length; k++) right[i][k] += x[i] * y[k];
    }
  }
  for (const [i, row] of gram.entries()) row[i] += penalty;
  return solve(cholesky(gram), right);
}

/** Overwrites the lower triangle of A with L, where L Lᵀ = A. */
function cholesky(a: Float64Array[]): Float64Array[] {
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i][j];
      for (let k = 0; k < j; k++) sum -= a[i][k] * a[j][k];
      if (i === j && sum <= 0)
        throw new RangeError('the matrix is not positive definite; the penalty must be larger');
      a[i][j] = i === j ? Math.sqrt(sum) : sum / a[j][j];
    }
  }
  return a;
}

/** Overwrites B with X, where L Lᵀ X = B. */
function solve(l: Float64Array[], b: Float64Array[]): Float64Array[] {
  const subtract = (to: number, from: number, factor: number) => {
    for (let k = 0; k < b[to].length; k++) b[to][k] -= factor * b[from][k];
  };
  const divide = (row: number) => {
    for (let k = 0; k < b[row].length; k++) b[row][k] /= l[row][row];
  };
  for (let i = 0; i < l.length; i++) {
    for (let j = 0; j < i; j++) subtract(i, j, l[i][j]);
    divide(i);
  }
  for (let i = l.length - 1; i >= 0; i--) {
    for (let j = i + 1; j < l.length; j++) subtract(i, j, l[j][i]);
    divide(i);
  }
  return b;
}
