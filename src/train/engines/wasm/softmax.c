/** @file
 * @brief Shares that grow with e^(beta x), group by group.
 *
 *     x  R G W     y  R G W  (G groups, W wide)
 */
#include "engine.h"
#include "transcendental.h"

void
softmax_forward(const struct softmax* softmax, int32_t rows) {
    const int32_t width = softmax->width;
    const float *x = softmax->input.value, *end = x + rows * softmax->groups * width;
    for (float* y = softmax->output.value; x < end; x += width, y += width) {
        float highest = x[0], sum = 0;
        for (int32_t i = 1; i < width; i++) {
            highest = x[i] > highest ? x[i] : highest;
        }
        for (int32_t i = 0; i < width; i++) {
            y[i] = exponential(softmax->beta * (x[i] - highest));
            sum += y[i];
        }
        for (int32_t i = 0; i < width; i++) {
            y[i] /= sum;
        }
    }
}

void
softmax_backward(const struct softmax* softmax, int32_t rows) {
    const int32_t width = softmax->width;
    const float *y = softmax->output.value, *dy = softmax->output.gradient, *end = y + rows * softmax->groups * width;
    for (float* dx = softmax->input.gradient; y < end; y += width, dy += width, dx += width) {
        float mean = 0;
        for (int32_t i = 0; i < width; i++) {
            mean += y[i] * dy[i];
        }
        for (int32_t i = 0; i < width; i++) {
            dx[i] += softmax->beta * y[i] * (dy[i] - mean);
        }
    }
}
