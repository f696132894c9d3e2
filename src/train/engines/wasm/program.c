/** @file
 * @brief What TypeScript calls: one call goes through the whole network, one call a step of training.
 */
#include "engine.h"
#include "vector.h"

#define EXPORT(name) __attribute__((export_name(#name)))

/** First byte that neither the stack nor static data takes. */
extern unsigned char __heap_base;

EXPORT(heap_base) uintptr_t heap_base(void);
EXPORT(forward) void forward(const struct program* program, int32_t rows);
EXPORT(gradients) double gradients(const struct program* program, int32_t rows);
EXPORT(step)
double step(const struct program* program, int32_t rows, float learning_rate, float weight_decay, float mean_correction,
            float square_correction);

static void
forward_one(const struct instruction* instruction, int32_t rows) {
    const void* operands = instruction;
    switch (instruction->kind) {
        case FULLY_CONNECTED:
            fully_connected_forward(operands, rows);
            break;
        case CONVOLUTION:
            convolution_forward(operands, rows);
            break;
        case DEPTHWISE_CONVOLUTION:
            depthwise_convolution_forward(operands, rows);
            break;
        case AVERAGE_POOL:
            average_pool_forward(operands, rows);
            break;
        case MAX_POOL:
            max_pool_forward(operands, rows);
            break;
        case COPY:
        case MEAN:
            movement_forward(operands, rows);
            break;
        case ADD:
        case SUBTRACT:
        case MULTIPLY:
            arithmetic_forward(operands, rows);
            break;
        case SOFTMAX:
            softmax_forward(operands, rows);
            break;
        case FAKE_QUANTIZE:
            fake_quantize_forward(operands, rows);
            break;
        case FAKE_QUANTIZE_WEIGHTS:
            fake_quantize_weights_forward(operands);
            break;
        default:
            elementwise_forward(operands, rows);
    }
}

static void
backward_one(const struct instruction* instruction, int32_t rows) {
    const void* operands = instruction;
    switch (instruction->kind) {
        case FULLY_CONNECTED:
            fully_connected_backward(operands, rows);
            break;
        case CONVOLUTION:
            convolution_backward(operands, rows);
            break;
        case DEPTHWISE_CONVOLUTION:
            depthwise_convolution_backward(operands, rows);
            break;
        case AVERAGE_POOL:
            average_pool_backward(operands, rows);
            break;
        case MAX_POOL:
            max_pool_backward(operands, rows);
            break;
        case COPY:
        case MEAN:
            movement_backward(operands, rows);
            break;
        case ADD:
        case SUBTRACT:
        case MULTIPLY:
            arithmetic_backward(operands, rows);
            break;
        case SOFTMAX:
            softmax_backward(operands, rows);
            break;
        case FAKE_QUANTIZE:
            fake_quantize_backward(operands, rows);
            break;
        default:
            elementwise_backward(operands, rows);
    }
}

uintptr_t
heap_base(void) {
    return (uintptr_t)&__heap_base;
}

void
forward(const struct program* program, int32_t rows) {
    for (int32_t i = 0; i < program->instruction_count; i++) {
        forward_one(program->instructions[i], rows);
    }
}

double
gradients(const struct program* program, int32_t rows) {
    fill(program->gradients, 0.0f, program->gradient_count);
    forward(program, rows);
    const double loss = loss_and_gradient(&program->loss, rows);
    for (int32_t i = 0; i < program->returning_count; i++) {
        backward_one(program->returning[i], rows);
    }
    return loss;
}

double
step(const struct program* program, int32_t rows, float learning_rate, float weight_decay, float mean_correction,
     float square_correction) {
    const double loss = gradients(program, rows);
    adam_step(&program->parameters, learning_rate, weight_decay, mean_correction, square_correction);
    return loss;
}
