/** @file
 * @brief Each channel of an image has filters of its own: y = w * x + b, channel by channel.
 *
 *     x  R H W I     w  T (I M)  (T taps)     b  (I M)     y  R P (I M)  (P positions); channel i feeds those from i M on
 */
#include "vector.h"
#include "window.h"

/** @brief to += spread from, for all channels of one tap: y += w x, or dw += dy x. */
static void
add_tap(float* to, const float* spread, const float* x, int32_t inputs, int32_t multiplier) {
    if (multiplier == 1) {
        add_product(to, spread, x, inputs);
        return;
    }
    for (int32_t i = 0; i < inputs; i++) {
        add_scaled(to + i * multiplier, spread + i * multiplier, x[i], multiplier);
    }
}

/** @brief dx += w dy for all channels of one tap, summed over the filters of each. */
static void
add_tap_backward(float* dx, const float* w, const float* dy, int32_t inputs, int32_t multiplier) {
    if (multiplier == 1) {
        add_product(dx, w, dy, inputs);
        return;
    }
    for (int32_t i = 0; i < inputs; i++) {
        for (int32_t j = i * multiplier; j < (i + 1) * multiplier; j++) {
            dx[i] += w[j] * dy[j];
        }
    }
}

void
depthwise_convolution_forward(const struct depthwise_convolution* layer, int32_t rows) {
    const struct window* window = &layer->window;
    const int32_t inputs = layer->inputs, multiplier = layer->multiplier, outputs = inputs * multiplier;
    for (int32_t position = 0; position < positions_of(window, rows); position++) {
        const struct view view = view_of(window, position);
        float* y = layer->output.value + position * outputs;
        if (layer->bias.value == NULL) {
            fill(y, 0.0f, outputs);
        } else {
            copy(y, layer->bias.value, outputs);
        }
        for (int32_t v = view.vertical.first; v < view.vertical.end; v++) {
            for (int32_t h = view.horizontal.first; h < view.horizontal.end; h++) {
                const float* w = layer->weights.value + (v * window->taps.width + h) * outputs;
                add_tap(y, w, layer->input.value + pixel_under(window, &view, v, h) * inputs, inputs, multiplier);
            }
        }
    }
}

void
depthwise_convolution_backward(const struct depthwise_convolution* layer, int32_t rows) {
    const struct window* window = &layer->window;
    const int32_t inputs = layer->inputs, multiplier = layer->multiplier, outputs = inputs * multiplier;
    for (int32_t position = 0; position < positions_of(window, rows); position++) {
        const struct view view = view_of(window, position);
        const float* dy = layer->output.gradient + position * outputs;
        if (layer->bias.gradient != NULL) {
            add(layer->bias.gradient, dy, outputs);
        }
        for (int32_t v = view.vertical.first; v < view.vertical.end; v++) {
            for (int32_t h = view.horizontal.first; h < view.horizontal.end; h++) {
                const int32_t tap = (v * window->taps.width + h) * outputs,
                              x = pixel_under(window, &view, v, h) * inputs;
                add_tap(layer->weights.gradient + tap, dy, layer->input.value + x, inputs, multiplier);
                if (layer->input.gradient != NULL) {
                    add_tap_backward(layer->input.gradient + x, layer->weights.value + tap, dy, inputs, multiplier);
                }
            }
        }
    }
}
