/** @file
 * @brief What a window sees of an image at one output position: which of its taps lie inside, and on which pixels.
 */
#ifndef WINDOW_H
#define WINDOW_H

#include "engine.h"

/** Taps of one direction that lie inside of the image. */
struct reach {
    int32_t first, end;
};

struct view {
    /** The pixel under tap (0, 0), counted over all rows of the batch; it may lie outside of the image. */
    int32_t origin;
    struct reach vertical, horizontal;
};

static inline struct reach
reach_of(int32_t origin, int32_t dilation, int32_t taps, int32_t size) {
    struct reach reach = {0, taps};
    while (reach.first < taps && origin + reach.first * dilation < 0) {
        reach.first++;
    }
    while (reach.end > reach.first && origin + (reach.end - 1) * dilation >= size) {
        reach.end--;
    }
    return reach;
}

/** @param position counted over all rows of the batch. */
static inline struct view
view_of(const struct window* window, int32_t position) {
    const struct plane *input = &window->input, *output = &window->output;
    const int32_t row = position / (output->height * output->width),
                  pixel = position % (output->height * output->width);
    const int32_t y = pixel / output->width * window->stride.height - window->before.height;
    const int32_t x = pixel % output->width * window->stride.width - window->before.width;
    return (struct view){
        (row * input->height + y) * input->width + x,
        reach_of(y, window->dilation.height, window->taps.height, input->height),
        reach_of(x, window->dilation.width, window->taps.width, input->width),
    };
}

/** @brief The pixel under a tap that is inside. */
static inline int32_t
pixel_under(const struct window* window, const struct view* view, int32_t vertical, int32_t horizontal) {
    return view->origin + vertical * window->dilation.height * window->input.width +
           horizontal * window->dilation.width;
}

/** @brief Output positions of all rows. */
static inline int32_t
positions_of(const struct window* window, int32_t rows) {
    return rows * window->output.height * window->output.width;
}

#endif
