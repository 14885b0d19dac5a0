/*
 * The definitions on which the kernels in assembly/ and their callers in src/ must agree. Change them here
 * only: build-wasm.mjs writes them to src/abi.generated.ts for TypeScript and to assembly/abi.generated.ts
 * for AssemblyScript.
 */

/** Constants: a value and its description. */
export const constants = {
  PANEL: [16, 'The number of columns of a panel.'],
  ROW_SCRATCH: [5, 'The arrays of scratch memory of each row in connectionist temporal classification.'],
  PROJECTED_ROWS: [128, 'The most rows of x that a thread multiplies with W at a time.'],
  SCAN_BLOCK: [64, 'The number of elements of a step of a scan that a thread takes at least: 256 bytes.'],
  MAX_THREADS: [64, 'The most threads that a pool has room for.'],
  MAX_PAGES: [65_536, 'The most pages of 64 KiB that a memory can have: 4 GiB.'],
  MEMORY_PRIVATE: [1, 'The flags of a memory with a maximum, in a module.'],
  MEMORY_SHARED: [3, 'The flags of a memory with a maximum that threads share, in a module.'],
};

/** Codes: the name of the AssemblyScript enum and of the TypeScript table, and the members, numbered from 0. */
export const codes = [
  {
    about: 'Element-wise operations of one operand.',
    enumName: 'Unary',
    tableName: 'UNARY',
    members: ['exp', 'log', 'sqrt', 'abs', 'relu', 'sigmoid', 'tanh', 'softplus', 'step'],
  },
  {
    about: 'Element-wise operations of two operands.',
    enumName: 'Binary',
    tableName: 'BINARY',
    members: ['add', 'sub', 'mul', 'div', 'maximum', 'minimum'],
  },
  {
    about: 'Activations of a dense layer.',
    enumName: 'Activation',
    tableName: 'ACTIVATIONS',
    members: ['linear', 'relu', 'sigmoid', 'tanh'],
  },
  {
    about: 'The kernels that run on the thread pool.',
    enumName: 'Task',
    tableName: 'TASKS',
    members: [
      'rnnForward',
      'rnnBackward',
      'lstmForward',
      'lstmBackward',
      'gruForward',
      'gruBackward',
      'gruResetBeforeForward',
      'gruResetBeforeBackward',
      'scanForward',
      'scanBackward',
      'ctcForward',
      'ctcBackward',
    ],
  },
];

/*
 * The arguments of the kernels in `Task`, in their order in memory: name, type and description. `usize` is the address of a
 * float32 array, or 0 if the array is absent.
 */

/** The arguments of a recurrent layer. T steps, B rows, I inputs, H units, G gates. */
const recurrentArgs = [
  ['time', 'i32', 'T'],
  ['batch', 'i32', 'B'],
  ['rows', 'i32', 'The rows of the batch that a step handles: B, or those of a band.'],
  ['bands', 'i32', 'The bands of rows that threads share; 1 for threads that share the units of each step.'],
  ['inputSize', 'i32', 'I'],
  ['units', 'i32', 'H'],
  ['reverse', 'i32', '1 to run from the last step to the first, else 0.'],
  [
    'initialState',
    'i32',
    '1 if an initial state is given, else 0: then h before the first step is 0, and its gradient is not wanted.',
  ],
  ['relu', 'i32', 'RNN only: 1 for relu, 0 for tanh.'],
  [
    'kernelRowStride',
    'i32',
    'The row length of the kernels if they are read as they are, which takes a batch of one row; 0 if they are in panels.',
  ],
  ['lengths', 'usize', '[B]: the number of steps of each row; absent if every row has T.'],
  ['x', 'usize', '[T, B, I]'],
  [
    'kernel',
    'usize',
    'Forward: W [I, G·H], as it is or in panels, gate by gate. Backward: Wᵀ in panels; absent without dx.',
  ],
  [
    'recurrentKernel',
    'usize',
    'U [H, G·H] as it is; or forward: U in panels, gate by gate; backward: Uᵀ in panels.',
  ],
  [
    'candidateKernel',
    'usize',
    "GRU with the reset gate before the product: the candidate's columns of U (or of Uᵀ), which recurrentKernel then lacks.",
  ],
  [
    'kernelScales',
    'usize',
    '[G·H], forward only: the scales of the columns of W, which is int8 in panels then, as U is; absent for floats.',
  ],
  ['recurrentScales', 'usize', '[G·H], forward only: the scales of the columns of U; absent for floats.'],
  ['rounded', 'usize', 'Int8 weights: the memory for the rounded rows of every thread.'],
  ['roundedBytes', 'i32', 'Int8 weights: the bytes of that memory for one thread.'],
  ['bias', 'usize', '[G·H], forward only.'],
  ['recurrentBias', 'usize', '[G·H], forward only.'],
  ['hEven', 'usize', '[B, H], forward only: h before step 0, 2, 4 … (counted as run); odd steps write it.'],
  ['hOdd', 'usize', '[B, H], forward only: h before step 1, 3, 5 …; even steps write it.'],
  ['c', 'usize', '[B, H], LSTM, forward only: the cell state; every step updates it in place.'],
  ['y', 'usize', '[T, B, H]'],
  ['gates', 'usize', '[T, B, G·H]: x·W + b at first, then the activated gates (RNN: the pre-activation).'],
  ['savedH', 'usize', '[T, B, H]: h before each step, saved for the backward pass.'],
  ['savedExtra', 'usize', '[T, B, H]: what else the cell saves; see each cell.'],
  ['scratch', 'usize', '[B, n·H]: scratch memory; n depends on the cell.'],
  ['dy', 'usize', '[T, B, H]: the gradient of y.'],
  ['dh', 'usize', '[B, H]: the gradient of h, updated step by step.'],
  ['dc', 'usize', '[B, H], LSTM: the gradient of c, updated step by step.'],
  ['da', 'usize', '[T, B, G·H]: the gradient of x·W + b.'],
  [
    'du',
    'usize',
    "[T, B, G·H]: the gradient of h·U + b'. The same array as da, unless the cell has them differ.",
  ],
  ['dx', 'usize', '[T, B, I]: the gradient of x.'],
  ['dKernel', 'usize', '[I, G·H]: the gradient of W.'],
  ['dRecurrentKernel', 'usize', '[H, G·H]: the gradient of U.'],
  ['dBias', 'usize', '[G·H]: the gradient of b.'],
  ['dRecurrentBias', 'usize', "[G·H]: the gradient of b'."],
  ['workspace', 'usize', 'Backward: scratch memory for the matrix products of every thread.'],
];

/** The arguments of a scan. T steps, B rows, H units. */
const scanArgs = [
  ['time', 'i32', 'T'],
  ['batch', 'i32', 'B'],
  ['units', 'i32', 'H'],
  ['reverse', 'i32', '1 to run from the last step to the first, else 0.'],
  ['lengths', 'usize', '[B]: the number of steps of each row; absent if every row has T.'],
  ['a', 'usize', '[T, B, H]'],
  ['b', 'usize', '[T, B, H], forward only.'],
  ['initialState', 'usize', '[B, H]; zero if absent.'],
  ['y', 'usize', '[T, B, H]'],
  ['state', 'usize', '[B, H]. Forward: the final state. Backward: the gradient of h, updated step by step.'],
  ['dy', 'usize', '[T, B, H], backward only: the gradient of y; zero if absent.'],
  ['da', 'usize', '[T, B, H], backward only: the gradient of a.'],
  ['db', 'usize', '[T, B, H], backward only: the gradient of b.'],
];

/** The arguments of connectionist temporal classification. T frames, B rows, C classes, L labels. */
const ctcArgs = [
  ['time', 'i32', 'T'],
  ['batch', 'i32', 'B'],
  ['classes', 'i32', 'C'],
  ['labels', 'i32', 'L'],
  ['blank', 'i32', 'The class that stands for no label.'],
  ['width', 'i32', 'L + 1, rounded up to whole vectors: the size of each half of a row of alphas.'],
  ['logits', 'usize', '[T, B, C]'],
  ['targets', 'usize', '[B, L]'],
  ['lengths', 'usize', '[B]: the number of frames of each row.'],
  ['targetLengths', 'usize', '[B]: the number of labels of each row.'],
  ['losses', 'usize', '[B], forward only.'],
  [
    'alphas',
    'usize',
    '[B, T + 1, 2·width]: α before each frame and after the last; or [B, 2·width], the latest.',
  ],
  ['savesAlphas', 'i32', '1 if all α are saved, for the backward pass; 0 if only the latest is.'],
  [
    'totals',
    'usize',
    '[B, T, 2]: the largest logit of a frame, and log Σ exp(logit − largest); absent if not saved.',
  ],
  ['scratch', 'usize', '[B, ROW_SCRATCH·width]: the arrays of each row; see the functions that name them.'],
  ['dLosses', 'usize', '[B], backward only: the gradient of the losses.'],
  ['dLogits', 'usize', '[T, B, C], backward only: the gradient of the logits.'],
];

export const structs = [
  {
    about: 'The arguments of a recurrent layer over a sequence. T steps, B rows, I inputs, H units, G gates.',
    className: 'RecurrentArgs',
    tableName: 'RECURRENT_ARGS',
    fields: recurrentArgs,
  },
  {
    about: 'The arguments of a scan. T steps, B rows, H units.',
    className: 'ScanArgs',
    tableName: 'SCAN_ARGS',
    fields: scanArgs,
  },
  {
    about: 'The arguments of connectionist temporal classification. T frames, B rows, C classes, L labels.',
    className: 'CtcArgs',
    tableName: 'CTC_ARGS',
    fields: ctcArgs,
  },
];
