/* The table of one instruction set. */
#include "table.h"

#define RECURRA_STRING(text) #text
#define RECURRA_NAME(set) RECURRA_STRING(set)

namespace recurra::RECURRA_SET {

extern const Kernels kernels;

const Kernels kernels = {
    .name = RECURRA_NAME(RECURRA_SET),
    .title = RECURRA_TITLE,
    .unary = unary,
    .affine = affine,
    .binary = binary,
    .select = select,
    .fill = fill,
    .sum = sum,
    .maximum = maximum,
    .softmax = softmax,
    .logSoftmax = logSoftmax,
    .copy = copy,
    .scatterAdd = scatterAdd,
    .activate = activate,
    .activationGradient = activationGradient,
    .crossEntropy = crossEntropy,
    .crossEntropyGradient = crossEntropyGradient,
    .scanForward = scanForward,
    .scanBackward = scanBackward,
    .ctcForward = ctcForward,
    .ctcBackward = ctcBackward,
    .sumOfSquares = sumOfSquares,
    .update = update,
    .matmul = matmul,
    .workspaceSize = workspaceSize,
    .packPanels = packPanels,
    .panelsSize = panelsSize,
    .roundedRowSize = roundedRowSize,
    .int8PanelsSize = int8PanelsSize,
    .roundRows = roundRows,
    .packInt8Panels = packInt8Panels,
    .multiplyInt8 = multiplyInt8,
    .recurrentForward = {rnnForward, lstmForward, gruForward, gruResetBeforeForward},
    .recurrentBackward = {rnnBackward, lstmBackward, gruBackward, gruResetBeforeBackward},
};

}  // namespace recurra::RECURRA_SET
