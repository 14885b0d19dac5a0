/* The arguments of a pass of a recurrent layer over a whole sequence: T steps, B rows, I inputs, H units, G gates. */
#pragma once
#include "operations.h"

namespace recurra {

struct RecurrentCall {
  Device& device;
  Cell cell;
  Size time;
  Size batch;
  Size inputSize;
  Size units;
  /** G·H. */
  Size width;
  /** The weights W and U are int8. */
  bool int8;

  explicit RecurrentCall(Device& device);

  bool isLstm() const { return cell == Cell::lstm; }
  bool isGru() const { return cell == Cell::gru || cell == Cell::gruResetBefore; }
  /** B·H. */
  Size stateSize() const { return times(batch, units); }
  /** T·B. */
  Size rows() const { return times(time, batch); }

  /** True if the pass is faster on several threads. */
  bool isWorthSharing() const;
  /** What both passes read of the inputs, checked. */
  Recurrent layer() const;
  /** The panels of the gates of the weights [k, G·H]. */
  const float* panelsOf(Field weights, Size k) const;
  /** Those of Uᵀ [G·H, H]. */
  const float* transposedPanels() const;
};

/** The arrays that a training's forward pass keeps for the backward pass, one after another in one tensor. */
struct RecurrentSaved {
  Size states;
  Size gates;
  Size extra;
  Size cells;

  explicit RecurrentSaved(const RecurrentCall& call)
      : states(times(call.time + 1, call.stateSize())),
        gates(times(call.rows(), call.width)),
        extra(call.isGru() ? times(call.rows(), call.units) : 0),
        cells(call.isLstm() ? states : 0) {}

  Size size() const { return states + gates + extra + cells; }

  void assign(Recurrent& layer, float* data) const {
    layer.h = data;
    layer.gates = data + states;
    layer.extra = layer.gates + gates;
    layer.c = layer.extra + extra;
  }
};

}  // namespace recurra
