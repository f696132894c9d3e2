/** @file
 * @brief Average or largest of what a window sees, channel by channel; what lies outside of the image does not count.
 *
 *     x  R H W I     y  R P I  (P positions)
 */
#include "vector.h"
#include "window.h"

static float
share_of(const struct view* view) {
    const int32_t height = view->vertical.end - view->vertical.first,
                  width = view->horizontal.end - view->horizontal.first;
    return 1.0f / (float)(height * width);
}

void
average_pool_forward(const struct pool* pool, int32_t rows) {
    for (int32_t position = 0; position < positions_of(&pool->window, rows); position++) {
        const struct view view = view_of(&pool->window, position);
        const float share = share_of(&view);
        float* y = pool->output.value + position * pool->inputs;
        fill(y, 0.0f, pool->inputs);
        for (int32_t v = view.vertical.first; v < view.vertical.end; v++) {
            for (int32_t h = view.horizontal.first; h < view.horizontal.end; h++) {
                add_scaled(y, pool->input.value + pixel_under(&pool->window, &view, v, h) * pool->inputs, share,
                           pool->inputs);
            }
        }
    }
}

void
average_pool_backward(const struct pool* pool, int32_t rows) {
    for (int32_t position = 0; position < positions_of(&pool->window, rows); position++) {
        const struct view view = view_of(&pool->window, position);
        const float share = share_of(&view);
        const float* dy = pool->output.gradient + position * pool->inputs;
        for (int32_t v = view.vertical.first; v < view.vertical.end; v++) {
            for (int32_t h = view.horizontal.first; h < view.horizontal.end; h++) {
                add_scaled(pool->input.gradient + pixel_under(&pool->window, &view, v, h) * pool->inputs, dy, share,
                           pool->inputs);
            }
        }
    }
}

/** @brief Where in the input the first largest value lies that a channel's window sees. A NaN counts as largest, so that it is seen. */
static int32_t
largest(const struct pool* pool, const struct view* view, int32_t channel) {
    int32_t best = -1;
    for (int32_t v = view->vertical.first; v < view->vertical.end; v++) {
        for (int32_t h = view->horizontal.first; h < view->horizontal.end; h++) {
            const int32_t element = pixel_under(&pool->window, view, v, h) * pool->inputs + channel;
            if (best < 0 || !(pool->input.value[element] <= pool->input.value[best])) {
                best = element;
            }
        }
    }
    return best;
}

void
max_pool_forward(const struct pool* pool, int32_t rows) {
    for (int32_t position = 0; position < positions_of(&pool->window, rows); position++) {
        const struct view view = view_of(&pool->window, position);
        for (int32_t channel = 0; channel < pool->inputs; channel++) {
            pool->output.value[position * pool->inputs + channel] = pool->input.value[largest(pool, &view, channel)];
        }
    }
}

void
max_pool_backward(const struct pool* pool, int32_t rows) {
    for (int32_t position = 0; position < positions_of(&pool->window, rows); position++) {
        const struct view view = view_of(&pool->window, position);
        for (int32_t channel = 0; channel < pool->inputs; channel++) {
            pool->input.gradient[largest(pool, &view, channel)] +=
                pool->output.gradient[position * pool->inputs + channel];
        }
    }
}
