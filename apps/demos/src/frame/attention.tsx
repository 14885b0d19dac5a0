/* The weights of an attention: for each element that is written, how much the network looks at each one that was read. */

export interface AttentionProps {
  /** What it shows, for those who cannot see it. */
  readonly label: string;
  /** What was read. */
  readonly columns: readonly string[];
  /** What is written. */
  readonly rows: readonly string[];
  /** By row, the weight of each column, 0 to 1. */
  readonly weights: readonly (readonly number[])[];
  /** The columns are words: their names stand upright. Default false. */
  readonly words?: boolean;
}

export function Attention({ label, columns, rows, weights, words = false }: AttentionProps) {
  return (
    <table class={`attention ${words ? 'words' : ''}`}>
      <caption class="visually-hidden">{label}</caption>
      <thead>
        <tr>
          <td />
          {columns.map((column, i) => (
            <th key={i} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, i) => (
          <tr key={i}>
            <th scope="row">{row}</th>
            {columns.map((_, j) => (
              <td key={j} style={{ '--weight': weights[i][j].toFixed(3) }}>
                <span class="visually-hidden">{Math.round(100 * weights[i][j])} %</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
