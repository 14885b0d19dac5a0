/** The points of a polyline: every `stride`th value, at its own index plus `from`. */
export function line(values: Float64Array, y: (value: number) => number, stride: number, from = 0): string {
  const points = [];
  for (let i = 0; i < values.length; i += stride) points.push(`${i + from},${y(values[i]).toFixed(1)}`);
  return points.join(' ');
}
