/** @file
 * @brief y = x w^T + b.
 *
 *     x  R P I     w  O I     b  O     y  R P O     d...  the derivative of the loss by it
 */
#include "engine.h"
#include "matrix.h"
#include "vector.h"

void
fully_connected_forward(const struct fully_connected* layer, int32_t rows) {
    const int32_t inputs = layer->inputs, outputs = layer->outputs;
    const struct matrix x = {layer->input.value, inputs, 1};
    const struct matrix w_transposed = {layer->weights.value, 1, inputs};
    const struct start b = {layer->bias.value, 0};
    multiply(rows * layer->positions, outputs, inputs, x, w_transposed, b, layer->output.value, outputs);
}

void
fully_connected_backward(const struct fully_connected* layer, int32_t rows) {
    const int32_t inputs = layer->inputs, outputs = layer->outputs, vectors = rows * layer->positions;
    float* dx = layer->input.gradient;
    float* dw = layer->weights.gradient;
    const struct matrix dy = {layer->output.gradient, outputs, 1};
    const struct matrix dy_transposed = {layer->output.gradient, 1, outputs};
    const struct matrix x = {layer->input.value, inputs, 1};
    const struct matrix w = {layer->weights.value, inputs, 1};
    multiply(outputs, inputs, vectors, dy_transposed, x, (struct start){dw, inputs}, dw, inputs);
    if (layer->bias.gradient != NULL) {
        add_rows(layer->bias.gradient, dy.data, vectors, outputs);
    }
    if (dx != NULL) {
        multiply(vectors, inputs, outputs, dy, w, (struct start){dx, inputs}, dx, inputs);
    }
}
