/** @file
 * @brief y = w * x + b over an image: the taps that each position sees are gathered into a row, so that what is left is a product of
 * matrices. PATCHES positions at a time, over the borders of the batch's rows: short signals fill the tiles, too.
 *
 *     x  R H W I     w  O T I  (T taps)     b  O     y  R P O  (P positions)     patches  PATCHES T I
 */
#include "matrix.h"
#include "vector.h"
#include "window.h"

/** @brief `count` positions from `first` on, each with all taps, zero outside the image. */
static void
gather(const struct convolution* layer, int32_t first, int32_t count) {
    const struct window* window = &layer->window;
    const int32_t inputs = layer->inputs, width = window->taps.width * inputs;
    float* patch = layer->patches;
    for (int32_t position = first; position < first + count; position++) {
        const struct view view = view_of(window, position);
        const int32_t begin = view.horizontal.first * inputs, end = view.horizontal.end * inputs;
        for (int32_t vertical = 0; vertical < window->taps.height; vertical++, patch += width) {
            if (vertical < view.vertical.first || vertical >= view.vertical.end) {
                fill(patch, 0.0f, width);
                continue;
            }
            const float* x = layer->input.value;
            fill(patch, 0.0f, begin);
            if (window->dilation.width == 1) {
                copy(patch + begin, x + pixel_under(window, &view, vertical, view.horizontal.first) * inputs,
                     end - begin);
            } else {
                for (int32_t tap = view.horizontal.first; tap < view.horizontal.end; tap++) {
                    copy(patch + tap * inputs, x + pixel_under(window, &view, vertical, tap) * inputs, inputs);
                }
            }
            fill(patch + end, 0.0f, width - end);
        }
    }
}

/** @brief Adds what the patches hold, now derivatives, to the derivatives of the pixels that they came from. */
static void
scatter(const struct convolution* layer, int32_t first, int32_t count) {
    const struct window* window = &layer->window;
    const int32_t inputs = layer->inputs, width = window->taps.width * inputs;
    const float* patches = layer->patches;
    for (int32_t position = first; position < first + count; position++, patches += window->taps.height * width) {
        const struct view view = view_of(window, position);
        for (int32_t vertical = view.vertical.first; vertical < view.vertical.end; vertical++) {
            for (int32_t tap = view.horizontal.first; tap < view.horizontal.end; tap++) {
                float* dx = layer->input.gradient + pixel_under(window, &view, vertical, tap) * inputs;
                add(dx, patches + vertical * width + tap * inputs, inputs);
            }
        }
    }
}

void
convolution_forward(const struct convolution* layer, int32_t rows) {
    const int32_t positions = positions_of(&layer->window, rows), outputs = layer->outputs;
    const int32_t width = layer->window.taps.height * layer->window.taps.width * layer->inputs;
    const struct matrix patches = {layer->patches, width, 1};
    const struct matrix w_transposed = {layer->weights.value, 1, width};
    const struct start b = {layer->bias.value, 0};
    for (int32_t first = 0; first < positions; first += PATCHES) {
        const int32_t count = positions - first < PATCHES ? positions - first : PATCHES;
        gather(layer, first, count);
        multiply(count, outputs, width, patches, w_transposed, b, layer->output.value + first * outputs, outputs);
    }
}

void
convolution_backward(const struct convolution* layer, int32_t rows) {
    const int32_t positions = positions_of(&layer->window, rows), outputs = layer->outputs;
    const int32_t width = layer->window.taps.height * layer->window.taps.width * layer->inputs;
    const struct matrix patches = {layer->patches, width, 1};
    const struct matrix w = {layer->weights.value, width, 1};
    float* dw = layer->weights.gradient;
    for (int32_t first = 0; first < positions; first += PATCHES) {
        const int32_t count = positions - first < PATCHES ? positions - first : PATCHES;
        const struct matrix dy = {layer->output.gradient + first * outputs, outputs, 1};
        const struct matrix dy_transposed = {dy.data, 1, outputs};
        gather(layer, first, count);
        multiply(outputs, width, count, dy_transposed, patches, (struct start){dw, width}, dw, width);
        if (layer->bias.gradient != NULL) {
            add_rows(layer->bias.gradient, dy.data, count, outputs);
        }
        if (layer->input.gradient != NULL) {
            multiply(count, width, outputs, dy, w, (struct start){NULL, 0}, layer->patches, width);
            scatter(layer, first, count);
        }
    }
}
