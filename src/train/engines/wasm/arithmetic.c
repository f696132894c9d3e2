/** @file
 * @brief Sums, differences and products, element by element; a stride of zero broadcasts.
 *
 *     output  R outer middle inner, one after another     left, right  by strides of their own
 */
#include "engine.h"

/** One run of elements: of one row, and one outer and middle place. */
struct run {
    int32_t left, right, output;
};

static struct run
run_of(const struct arithmetic* operation, int32_t row, int32_t outer, int32_t middle) {
    const struct strides *left = &operation->left_strides, *right = &operation->right_strides;
    const struct sizes* sizes = &operation->sizes;
    return (struct run){
        row * left->row + outer * left->outer + middle * left->middle,
        row * right->row + outer * right->outer + middle * right->middle,
        ((row * sizes->outer + outer) * sizes->middle + middle) * sizes->inner,
    };
}

static void
forward_run(const struct arithmetic* operation, struct run run) {
    const int32_t left_step = operation->left_strides.inner, right_step = operation->right_strides.inner;
    const float *left = operation->left.value + run.left, *right = operation->right.value + run.right;
    float* output = operation->output.value + run.output;
    switch (operation->kind) {
        case ADD:
            for (int32_t i = 0; i < operation->sizes.inner; i++) {
                output[i] = left[i * left_step] + right[i * right_step];
            }
            break;
        case SUBTRACT:
            for (int32_t i = 0; i < operation->sizes.inner; i++) {
                output[i] = left[i * left_step] - right[i * right_step];
            }
            break;
        default:
            for (int32_t i = 0; i < operation->sizes.inner; i++) {
                output[i] = left[i * left_step] * right[i * right_step];
            }
    }
}

/** @brief gradient += the output's, times `sign` and, for a product, the other side. */
static void
backward_run(const struct arithmetic* operation, float* gradient, int32_t step, const float* other, int32_t other_step,
             float sign, int32_t output) {
    const float* slope = operation->output.gradient + output;
    if (operation->kind == MULTIPLY) {
        for (int32_t i = 0; i < operation->sizes.inner; i++) {
            gradient[i * step] += slope[i] * other[i * other_step];
        }
        return;
    }
    for (int32_t i = 0; i < operation->sizes.inner; i++) {
        gradient[i * step] += slope[i] * sign;
    }
}

void
arithmetic_forward(const struct arithmetic* operation, int32_t rows) {
    for (int32_t row = 0; row < rows; row++) {
        for (int32_t i = 0; i < operation->sizes.outer; i++) {
            for (int32_t j = 0; j < operation->sizes.middle; j++) {
                forward_run(operation, run_of(operation, row, i, j));
            }
        }
    }
}

void
arithmetic_backward(const struct arithmetic* operation, int32_t rows) {
    const struct tensor *left = &operation->left, *right = &operation->right;
    const int32_t left_step = operation->left_strides.inner, right_step = operation->right_strides.inner;
    const float sign = operation->kind == SUBTRACT ? -1.0f : 1.0f;
    for (int32_t row = 0; row < rows; row++) {
        for (int32_t i = 0; i < operation->sizes.outer; i++) {
            for (int32_t j = 0; j < operation->sizes.middle; j++) {
                const struct run run = run_of(operation, row, i, j);
                const float *left_values = left->value + run.left, *right_values = right->value + run.right;
                if (left->gradient != NULL) {
                    backward_run(operation, left->gradient + run.left, left_step, right_values, right_step, 1.0f,
                                 run.output);
                }
                if (right->gradient != NULL) {
                    backward_run(operation, right->gradient + run.right, right_step, left_values, left_step, sign,
                                 run.output);
                }
            }
        }
    }
}
