/* The functions that each instruction set's table points to. */
#pragma once
#include "kernels.h"

namespace recurra::RECURRA_SET {

void unary(Unary op, const float* x, float* y, Size n);
void affine(const float* x, float scale, float shift, float* y, Size n);
void binary(Binary op, Matrix a, Matrix b, float* y, Size rows, Size columns);
void select(Matrix condition, Matrix a, Matrix b, float* y, Size rows, Size columns);
void fill(float* y, float value, Size n);
void sum(const float* x, float* y, Size outer, Size middle, Size inner);
void maximum(const float* x, float* y, Size outer, Size middle, Size inner);
void softmax(const float* x, float* y, Size rows, Size columns);
void logSoftmax(const float* x, float* y, Size rows, Size columns);
void copy(const Copy& copy);
void scatterAdd(const float* index, const float* x, float* y, Size width, Size count);
void activate(const Activate& activation, const float* bias, float* arguments, float* y, Size rows, Size units);
void activationGradient(const Activate& activation, const float* yOrX, const float* dy, float* dx, Size rows, Size units);
void crossEntropy(const float* logits, const float* targets, float* probabilities, float* losses, Size rows, Size classes);
void crossEntropyGradient(const float* probabilities, const float* targets, const float* factors, float* dLogits, Size rows,
                          Size classes);
void scanForward(const Scan& scan, Size begin, Size end);
void scanBackward(const Scan& scan, Size begin, Size end);
void ctcForward(const Ctc& ctc, Size begin, Size end);
void ctcBackward(const Ctc& ctc, Size begin, Size end);
double sumOfSquares(const float* x, Size n);
void update(const OptimizerStep& step, const Update& update, Size n);
void matmul(const Product& product, float* workspace);
/** The elements of the workspace of matmul. */
Size workspaceSize();

void packPanels(Matrix b, Size k, Size n, float* panels);
Size panelsSize(Size k, Size n);
Size roundedRowSize(Size k);
Size int8PanelsSize(Size k, Size n);
void roundRows(const float* x, Size m, Size k, float* rounded);
void packInt8Panels(const signed char* weights, Size rowStride, Size k, Size n, float* panels);
void multiplyInt8(const Int8Product& product);
void rnnForward(const Recurrent& layer, const Thread& thread);
void rnnBackward(const Recurrent& layer, const Thread& thread);
void lstmForward(const Recurrent& layer, const Thread& thread);
void lstmBackward(const Recurrent& layer, const Thread& thread);
void gruForward(const Recurrent& layer, const Thread& thread);
void gruBackward(const Recurrent& layer, const Thread& thread);
void gruResetBeforeForward(const Recurrent& layer, const Thread& thread);
void gruResetBeforeBackward(const Recurrent& layer, const Thread& thread);

}  // namespace recurra::RECURRA_SET
