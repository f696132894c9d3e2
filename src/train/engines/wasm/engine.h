/** @file
 * @brief The training engine: what its kernels take, as plan.ts and its neighbours lay it out in memory.
 *
 * A network is a list of instructions over tensors of float32, row after row of a batch. Forward goes through the list, backward
 * comes back through it. Every instruction is a struct of 32-bit words whose first is its kind; instructions.ts writes the same
 * words in the same order. Elements are counted for one row of the batch; `rows` comes with each call.
 *
 *     R  rows of the batch            I, O  inputs and outputs of a layer
 *     P  positions: vectors of one row that a layer treats alike (pixels, ticks)
 */
#ifndef ENGINE_H
#define ENGINE_H

#include <stddef.h>
#include <stdint.h>

/** The derivative of the loss by a tensor is added up in `gradient`; NULL where nobody asks for it. `value` is NULL where an
 * operator does without the tensor. Buffers are aligned to 16 bytes and end there, so that whole vectors may be read and written. */
struct tensor {
    float* value;
    float* gradient;
};

enum instruction_kind {
    FULLY_CONNECTED,
    CONVOLUTION,
    DEPTHWISE_CONVOLUTION,
    AVERAGE_POOL,
    MAX_POOL,
    COPY,
    MEAN,
    ADD,
    SUBTRACT,
    MULTIPLY,
    CLAMP,
    LEAKY_RELU,
    TANH,
    LOGISTIC,
    HARD_SWISH,
    SOFTMAX,
    FAKE_QUANTIZE,
    FAKE_QUANTIZE_WEIGHTS
};

/** input R P I, weights O I, bias O, output R P O. */
struct fully_connected {
    int32_t kind;
    struct tensor input, weights, bias, output;
    int32_t positions, inputs, outputs;
};

struct plane {
    int32_t height, width;
};

/** How a window moves over an image: output position y sees input rows y * stride - before + tap * dilation. */
struct window {
    struct plane input, output, taps, stride, dilation, before;
};

/** input R height width I, weights O taps I, bias O, output R height width O. */
struct convolution {
    int32_t kind;
    struct tensor input, weights, bias, output;
    struct window window;
    int32_t inputs, outputs;
    /** PATCHES x taps x I. */
    float* patches;
};

/** Positions that a convolution gathers at a time. */
#define PATCHES 64

/** input R height width I, weights taps (I M), bias (I M), output R height width (I M); channel i feeds those from i * M on. */
struct depthwise_convolution {
    int32_t kind;
    struct tensor input, weights, bias, output;
    struct window window;
    int32_t inputs, multiplier;
};

/** input R height width I, output R height width I; taps outside the image do not count. */
struct pool {
    int32_t kind;
    struct tensor input, output;
    struct window window;
    int32_t inputs;
};

/** Where the elements of a tensor lie, seen in the shape of another: strides of the batch's row and of three dimensions. */
struct strides {
    int32_t row, outer, middle, inner;
};

struct sizes {
    int32_t outer, middle, inner;
};

/** COPY: every element of `sizes` from one place to another. MEAN: the same, but several go to one place and are added up, each
 * times `scale`. */
struct movement {
    int32_t kind;
    struct tensor from, to;
    struct sizes sizes;
    struct strides from_strides, to_strides;
    float scale;
};

/** ADD, SUBTRACT, MULTIPLY: output of `sizes`, left and right broadcast by strides of zero. */
struct arithmetic {
    int32_t kind;
    struct tensor left, right, output;
    struct sizes sizes;
    struct strides left_strides, right_strides;
};

/** CLAMP to low..high, in place when input and output are one; LEAKY_RELU with slope `low` below zero; TANH, LOGISTIC, HARD_SWISH. */
struct elementwise {
    int32_t kind;
    struct tensor input, output;
    int32_t elements;
    float low, high;
};

/** Of each of `groups` vectors of `width` elements. */
struct softmax {
    int32_t kind;
    struct tensor input, output;
    int32_t groups, width;
    float beta;
};

/** FAKE_QUANTIZE: to an int8's 256 levels. `constant`: the tensor is a parameter, the same for all rows. */
struct fake_quantize {
    int32_t kind;
    struct tensor input, output;
    int32_t elements, constant;
    float scale, zero_point;
};

/** FAKE_QUANTIZE_WEIGHTS: outer x channels x inner weights, a scale for each channel. */
struct fake_quantize_weights {
    int32_t kind;
    struct tensor weights;
    float* quantized;
    int32_t outer, channels, inner;
};

/** Any of them. */
struct instruction {
    int32_t kind;
};

enum loss_kind {
    CROSS_ENTROPY,
    HUBER,
    GAUSSIAN,
    MIXTURE
};

/** outputs R steps members width, targets R steps targets, weights R steps members: see loss.ts. */
struct loss {
    int32_t kind;
    struct tensor outputs;
    const float* targets;
    const float* weights;
    int32_t steps, members;
    /** Outputs of one member, numbers of one target. */
    int32_t width, target_width;
    /** Labels, or channels of the action. */
    int32_t channels;
    int32_t bins;
    /** CROSS_ENTROPY: one a label. MIXTURE: the bins' centres, bins x channels. */
    const float* table;
    float label_smoothing, delta, logit_scale, lowest_log_variance, highest_log_variance;
    /** Room for the probabilities of all labels or bins. */
    float* probabilities;
};

/** Parameters one after another: first those that decay (weights), then the others (biases). */
struct parameters {
    float *values, *gradients, *means, *squares;
    int32_t decaying, count;
};

struct program {
    /** In the order of execution. */
    const struct instruction* const* instructions;
    int32_t instruction_count;
    /** In the order in which gradients come back: those through which one comes at all. */
    const struct instruction* const* returning;
    int32_t returning_count;
    /** The gradients of all tensors. */
    float* gradients;
    int32_t gradient_count;
    struct parameters parameters;
    struct loss loss;
};

void fully_connected_forward(const struct fully_connected* layer, int32_t rows);
void fully_connected_backward(const struct fully_connected* layer, int32_t rows);
void convolution_forward(const struct convolution* layer, int32_t rows);
void convolution_backward(const struct convolution* layer, int32_t rows);
void depthwise_convolution_forward(const struct depthwise_convolution* layer, int32_t rows);
void depthwise_convolution_backward(const struct depthwise_convolution* layer, int32_t rows);
void average_pool_forward(const struct pool* pool, int32_t rows);
void average_pool_backward(const struct pool* pool, int32_t rows);
void max_pool_forward(const struct pool* pool, int32_t rows);
void max_pool_backward(const struct pool* pool, int32_t rows);
void movement_forward(const struct movement* movement, int32_t rows);
void movement_backward(const struct movement* movement, int32_t rows);
void arithmetic_forward(const struct arithmetic* operation, int32_t rows);
void arithmetic_backward(const struct arithmetic* operation, int32_t rows);
void elementwise_forward(const struct elementwise* function, int32_t rows);
void elementwise_backward(const struct elementwise* function, int32_t rows);
void softmax_forward(const struct softmax* softmax, int32_t rows);
void softmax_backward(const struct softmax* softmax, int32_t rows);
void fake_quantize_forward(const struct fake_quantize* levels, int32_t rows);
void fake_quantize_backward(const struct fake_quantize* levels, int32_t rows);
void fake_quantize_weights_forward(const struct fake_quantize_weights* levels);

/** The mean loss of a batch, without label smoothing; its gradient by the outputs, with it, is added to theirs. */
double loss_and_gradient(const struct loss* loss, int32_t rows);

/** One step of Adam. @param mean_correction, square_correction 1 / (1 - decay^steps) of the two moments. */
void adam_step(const struct parameters* parameters, float learning_rate, float weight_decay, float mean_correction,
               float square_correction);

#endif
