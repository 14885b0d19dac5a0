#include "recurrent.h"
#include "matvec.h"

namespace recurra::RECURRA_SET {

/** projectInputs with int8 weights. */
static void projectRounded(const Recurrent& layer, const Thread& thread, Size gates, Units units) {
  const Size width = gates * layer.units;
  const Size inputs = layer.inputSize;
  float* rounded = layer.rounded + thread.index * layer.roundedSize;
  for (Size top = 0; top < layer.time * layer.batch; top += ROUNDED_ROWS) {
    const Size m = smaller(ROUNDED_ROWS, layer.time * layer.batch - top);
    roundRows(layer.x + top * inputs, m, inputs, rounded);
    for (Size gate = 0; gate < gates; gate++)
      multiplyInt8({
          .rounded = rounded,
          .panels = layer.kernelPanels + gate * int8PanelsSize(inputs, layer.units) + int8PanelsSize(inputs, units.begin),
          .scales = layer.kernelScales + gate * layer.units + units.begin,
          .c = layer.gates + top * width + gate * layer.units + units.begin,
          .cRow = width,
          .m = m,
          .n = units.end - units.begin,
          .k = inputs,
          .accumulate = false,
      });
  }
}

/**
 * Columns `units` of `count` gates of c [m, cRow] = a [m, k] · B, or c + a · B. B starts at the first of these gates, has the columns
 * of all `gates`, and is not packed.
 */
static void multiplyUnpacked(const Recurrent& layer, const float* a, Size m, const float* b, Size gates, Size count, Units units, Size k,
                             float* c, Size cRow, bool accumulate) {
  const Size H = layer.units;
  const Size n = units.end - units.begin;
  // All units of the gates are one range of columns, which is read faster than several.
  const bool whole = n == H;
  for (Size row = 0; row < m; row++)
    for (Size gate = 0; gate < (whole ? 1 : count); gate++) {
      const Size column = gate * H + units.begin;
      rowTimesMatrix(a + row * k, 1, b + column, gates * H, c + row * cRow + column, whole ? count * H : n, k, accumulate);
    }
}

void projectInputs(const Recurrent& layer, const Thread& thread, Size gates) {
  const Units units = unitsOf(layer, thread);
  if (layer.kernelScales) return projectRounded(layer, thread, gates, units);
  const Size width = gates * layer.units;
  const Size inputs = layer.inputSize;
  const Size rows = layer.time * layer.batch;
  const Size n = units.end - units.begin;
  if (!layer.kernelPanels)
    return multiplyUnpacked(layer, layer.x, rows, layer.kernel, gates, gates, units, inputs, layer.gates, width, false);
  // A block of x stays in the second cache, while the panels of all gates pass.
  for (Size top = 0; top < rows; top += BLOCK_ROWS) {
    const Rows x = {layer.x + top * inputs, inputs, 1};
    const Size m = smaller(BLOCK_ROWS, rows - top);
    for (Size gate = 0; gate < gates; gate++) {
      const float* panels = layer.kernelPanels + gate * panelsSize(inputs, layer.units) + units.begin * inputs;
      float* to = layer.gates + top * width + gate * layer.units + units.begin;
      multiplyPanels(x, m, panels, inputs * PANEL, inputs, to, width, n, false);
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
          .m = layer.rows,
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
      if (layer.rows == 1) rowTimesPanels(h, panels, to, n, k, accumulate);
      else multiplyPanels({h, k, 1}, layer.rows, panels, k * PANEL, k, to, cRow, n, accumulate);
    }
    return;
  }
  multiplyUnpacked(layer, h, layer.rows, layer.recurrentKernel + first * k, gates, count, units, k, c, cRow, accumulate);
}

void multiplyTransposedGates(const Recurrent& layer, const float* da, Size daRow, Size first, Size k, Size gates, Units units,
                             float* dh, bool accumulate) {
  const Size n = units.end - units.begin;
  const Size width = gates * layer.units;
  if (layer.recurrentPanels) {
    const float* panels = layer.recurrentPanels + units.begin * width + first * PANEL;
    multiplyPanels({da, daRow, 1}, layer.rows, panels, width * PANEL, k, dh + units.begin, layer.units, n, accumulate);
    return;
  }
  for (Size row = 0; row < layer.rows; row++) {
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
