/* How the page measures, and what the columns mean. */
export function Notes() {
  return (
    <div class="prose notes">
      <h2>How it measures</h2>
      <p>
        Every system gets the same weights, inputs and targets and runs in its own worker. Its outputs are
        compared with those of the float64 reference backend before anything is timed. After a warm-up, the
        systems are measured in rounds of 50 ms each, and every round starts with another system, so that a
        slow moment of the machine affects all of them. A repetition ends when its result is in JavaScript’s
        memory.
      </p>
      <p>
        <strong>Spread</strong> is half the interquartile range, in percent of the median; the thin line on
        each bar shows the whole range. <strong>Ratio</strong> is the time divided by that of the system you
        choose, with the same number of threads. If that is Recurra, its own rows are divided by its time with
        one thread.
      </p>
      <p>
        ONNX Runtime Web does not train. On WebGPU it has LSTM and GRU, but no RNN; on WebGL it has none of
        them. The GRU of TensorFlow.js has no <code>resetAfter</code>, so it takes part only in scenarios
        without it.
      </p>
      <p>
        <code>npx pnpm bench --table FILE</code> shows a saved JSON file as a table.
      </p>
    </div>
  );
}
