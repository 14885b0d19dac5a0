/* Softmax cross-entropy: logits and probabilities [rows, classes], targets, losses and factors [rows]. */
#include "softmax.h"
#include "table.h"

namespace recurra::RECURRA_SET {

/** losses = −log softmax(logits)[target]; probabilities = softmax(logits), unless it is null. */
void crossEntropy(const float* logits, const float* targets, float* probabilities, float* losses, Size rows, Size classes) {
  for (Size row = 0; row < rows; row++, logits += classes) {
    const float most = largest(logits, classes);
    const float total = exponentials(logits, most, probabilities, classes);
    losses[row] = logOf(total) + (most - logits[static_cast<Size>(targets[row])]);
    if (!probabilities) continue;
    const float scale = 1 / total;
    for (Size i = 0; i < classes; i++) probabilities[i] *= scale;
    probabilities += classes;
  }
}

/** dLogits = factor of the row · (probabilities − one-hot target). */
void crossEntropyGradient(const float* probabilities, const float* targets, const float* factors, float* dLogits, Size rows,
                          Size classes) {
  for (Size row = 0; row < rows; row++, probabilities += classes, dLogits += classes) {
    for (Size i = 0; i < classes; i++) dLogits[i] = probabilities[i] * factors[row];
    dLogits[static_cast<Size>(targets[row])] -= factors[row];
  }
}

}  // namespace recurra::RECURRA_SET
