#include "recurrent.h"
#include "matvec.h"

namespace recurra::RECURRA_SET {

/** projectInputs with int8 weights, for the rows of a thread. */
static void projectRounded(const Recurrent& layer, const Thread& thread, Units rows, Size gates) {
  const Size width = gates * layer.units;
  const Size inputs = layer.inputSize;
  float* rounded = layer.rounded + thread.index * layer.roundedSize;
  for (Size top = rows.begin; top < rows.end; top += ROUNDED_ROWS) {
    const Size m = smaller(ROUNDED_ROWS, rows.end - top);
    roundRows(layer.x + top * inputs, m, inputs, rounded);
    for (Size gate = 0; gate < gates; gate++)
      multiplyInt8({
          .rounded = rounded,
          .panels = layer.kernelPanels + gate * int8PanelsSize(inputs, layer.units),
          .scales = layer.kernelScales + gate * layer.units,
          .c = layer.gates + top * width + gate * layer.units,
          .cRow = width,
          .m = m,
          .n = layer.units,
          .k = inputs,
          .accumulate = false,
      });
  }
}

void projectInputs(const Recurrent& layer, const Thread& thread, Size gates) {
  const Size width = gates * layer.units;
  const Size inputs = layer.inputSize;
  const Units rows = shareOf(thread, layer.time * layer.batch, TILE_ROWS);
  if (layer.kernelScales) return projectRounded(layer, thread, rows, gates);
  if (!layer.kernelPanels) {
    const Product product = {
        .a = {layer.x + rows.begin * inputs, inputs, 1},
        .b = {layer.kernel, width, 1},
        .c = layer.gates + rows.begin * width,
        .cRow = width,
        .m = rows.end - rows.begin,
        .n = width,
        .k = inputs,
        .accumulate = false,
        .wholeM = layer.time * layer.batch,
    };
    matmul(product, thread.workspace);
    return;
  }
  // A block of x stays in the second cache, while the panels of all gates pass.
  for (Size top = rows.begin; top < rows.end; top += BLOCK_ROWS) {
    const Rows x = {layer.x + top * inputs, inputs, 1};
    const Size m = smaller(BLOCK_ROWS, rows.end - top);
    for (Size gate = 0; gate < gates; gate++) {
      const float* panels = layer.kernelPanels + gate * panelsSize(inputs, layer.units);
      float* to = layer.gates + top * width + gate * layer.units;
      multiplyPanels(x, m, panels, inputs * PANEL, inputs, to, width, layer.units, false);
    }
  }
}

void multiplyGates(const Recurrent& layer, const float* h, Size first, Size count, Size gates, Units units, float* c, Size cRow,
                   bool accumulate) {
  const Size k = layer.units;
  const Size n = units.end - units.begin;
  if (layer.recurrentScales) {
    for (Size gate = 0; gate < count; gate++)
      multiplyInt8({
          .rounded = h,
          .panels = layer.recurrentPanels + (first + gate) * int8PanelsSize(k, k) + int8PanelsSize(k, units.begin),
          .scales = layer.recurrentScales + (first + gate) * k + units.begin,
          .c = c + gate * k + units.begin,
          .cRow = cRow,
          .m = layer.batch,
          .n = n,
          .k = k,
          .accumulate = accumulate,
      });
    return;
  }
  if (layer.recurrentPanels) {
    for (Size gate = 0; gate < count; gate++) {
      const float* panels = layer.recurrentPanels + (first + gate) * panelsSize(k, k) + units.begin * k;
      float* to = c + gate * k + units.begin;
      if (layer.batch == 1) rowTimesPanels(h, panels, to, n, k, accumulate);
      else multiplyPanels({h, k, 1}, layer.batch, panels, k * PANEL, k, to, cRow, n, accumulate);
    }
    return;
  }
  // All units of the gates are one range of columns, which is read faster than several.
  const bool whole = n == k;
  for (Size row = 0; row < layer.batch; row++) {
    for (Size gate = 0; gate < (whole ? 1 : count); gate++) {
      const float* columns = layer.recurrentKernel + (first + gate) * k + units.begin;
      float* to = c + row * cRow + gate * k + units.begin;
      rowTimesMatrix(h + row * k, 1, columns, gates * k, to, whole ? count * k : n, k, accumulate);
    }
  }
}

void multiplyTransposedGates(const Recurrent& layer, const float* da, Size daRow, Size first, Size k, Size gates, Units units,
                             float* dh, bool accumulate) {
  const Size n = units.end - units.begin;
  const Size width = gates * layer.units;
  if (layer.recurrentPanels) {
    const float* panels = layer.recurrentPanels + units.begin * width + first * PANEL;
    multiplyPanels({da, daRow, 1}, layer.batch, panels, width * PANEL, k, dh + units.begin, layer.units, n, accumulate);
    return;
  }
  for (Size row = 0; row < layer.batch; row++) {
    const float* rows = layer.recurrentKernel + units.begin * width + first;
    rowTimesTransposed(da + row * daRow, rows, width, dh + row * layer.units + units.begin, n, k, accumulate);
  }
}

/** `columns` columns of dK [k, …] = factorᵀ [k, T·B] · da over all steps, for this thread's columns. */
static void kernelGradient(const Recurrent& layer, const Thread& thread, const float* factor, Size k, const float* da, Size daRow,
                           float* dKernel, Size dKernelRow, Size columns) {
  const Units share = shareOf(thread, columns, PANEL);
  const Product product = {
      .a = {factor, 1, k},
      .b = {da + share.begin, daRow, 1},
      .c = dKernel + share.begin,
      .cRow = dKernelRow,
      .m = k,
      .n = share.end - share.begin,
      .k = layer.time * layer.batch,
      .accumulate = false,
      .wholeN = columns,
  };
  matmul(product, thread.workspace);
}

void recurrentKernelGradient(const Recurrent& layer, const Thread& thread, const float* factor, const float* du, Size duRow,
                             Size column, Size columns, Size gates) {
  kernelGradient(layer, thread, factor, layer.units, du, duRow, layer.dRecurrentKernel + column, gates * layer.units, columns);
}

void kernelAndInputGradients(const Recurrent& layer, const Thread& thread, Size gates) {
  const Size width = gates * layer.units;
  const Size inputs = layer.inputSize;
  kernelGradient(layer, thread, layer.x, inputs, layer.gates, width, layer.dKernel, width, width);
  if (!layer.dx) return;
  const Units rows = shareOf(thread, layer.time * layer.batch, TILE_ROWS);
  const Product product = {
      .a = {layer.gates + rows.begin * width, width, 1},
      .b = {layer.kernel, 1, width},
      .c = layer.dx + rows.begin * inputs,
      .cRow = inputs,
      .m = rows.end - rows.begin,
      .n = inputs,
      .k = width,
      .accumulate = false,
      .wholeM = layer.time * layer.batch,
  };
  matmul(product, thread.workspace);
}

}  // namespace recurra::RECURRA_SET
