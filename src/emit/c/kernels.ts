// The C text of the kernels that a policy calls: plain C99, one shared function an operator. Only those that are used are
// printed. Their arithmetic is that of quantize/interpreter.ts.

/** Largest stack that policy_infer and its kernels need on a 32-bit core, in bytes: no kernel has an array or calls deeper
 * than dot_product. Measured: 152 with a convolution and 52 without, on Cortex-M4 at -O2; the rest is margin, and a test holds it. */
export const STACK_BOUND_BYTES = 192;

export const REQUANTIZE = `/** How the sums of a layer become int8: multiplier and shift are one for all rows, or one a row. */
typedef struct {
    const int32_t* multipliers; /**< Q0.31 fractions. */
    const int8_t* shifts;       /**< Powers of two; negative: to the right. */
    uint8_t per_row;            /**< 1: one multiplier a row; 0: the first serves all. */
    int8_t zero_point;
    int8_t minimum;
    int8_t maximum;
} requantization;

/**
 * @brief Brings an accumulator into the output's scale: TensorFlow Lite's MultiplyByQuantizedMultiplier.
 *
 * A doubling high multiply that rounds ties up, then a right shift that rounds ties away from zero. Right shifts of negative
 * numbers are arithmetic on every compiler that this targets.
 */
static int8_t
requantize(int32_t accumulator, size_t row, const requantization* law) {
    const size_t index = law->per_row ? row : 0;
    const int shift = law->shifts[index];
    const int32_t scaled = shift > 0 ? accumulator * (int32_t)(UINT32_C(1) << shift) : accumulator;
    const int right = shift > 0 ? 0 : -shift;
    const int64_t product = (int64_t)scaled * law->multipliers[index];
    const int32_t high = (int32_t)((product + (INT64_C(1) << 30)) >> 31);
    const int32_t mask = (int32_t)((UINT32_C(1) << right) - 1U);
    const int32_t threshold = (mask >> 1) + (high < 0 ? 1 : 0);
    const int32_t value = (high >> right) + ((high & mask) > threshold ? 1 : 0) + law->zero_point;
    return (int8_t)(value < law->minimum ? law->minimum : value > law->maximum ? law->maximum : value);
}
`;

export const DOT_PRODUCT = `/** @brief accumulator + sum of weights[i] * input[i], four at a time. */
static int32_t
dot_product(const int8_t* weights, const int8_t* input, size_t count, int32_t accumulator) {
    for (; count >= 4; count -= 4, weights += 4, input += 4) {
        accumulator += weights[0] * input[0];
        accumulator += weights[1] * input[1];
        accumulator += weights[2] * input[2];
        accumulator += weights[3] * input[3];
    }
    for (; count > 0; count--) {
        accumulator += *weights++ * *input++;
    }
    return accumulator;
}
`;

export const FULLY_CONNECTED = `/** A fully connected layer. */
typedef struct {
    const int8_t* weights; /**< outputs x inputs, one row an output. */
    const int32_t* bias;   /**< outputs, with the input's zero point folded in. */
    uint16_t inputs;
    uint16_t outputs;
    requantization law;
} fully_connected_layer;

/** @brief output[row] = requantize(bias[row] + sum of weights[row][column] * input[column]). */
static void
fully_connected(const fully_connected_layer* layer, const int8_t* input, int8_t* output) {
    const int8_t* weights = layer->weights;
    for (size_t row = 0; row < layer->outputs; row++, weights += layer->inputs) {
        output[row] = requantize(dot_product(weights, input, layer->inputs, layer->bias[row]), row, &layer->law);
    }
}
`;

export const CONVOLUTION = `/** A 2-D convolution over an image of height x width x channels. */
typedef struct {
    const int8_t* weights; /**< outputs x kernel_height x kernel_width x channels. */
    const int32_t* bias;   /**< outputs, with the input's zero point folded in. */
    uint16_t height, width, channels;
    uint16_t output_height, output_width, outputs;
    uint8_t kernel_height, kernel_width;
    uint8_t stride_height, stride_width;
    uint16_t dilation_height, dilation_width;
    uint8_t padding_top, padding_left;
    int8_t input_zero_point;
    requantization law;
} convolution_layer;

/** @brief Adds one row of taps. Taps outside the image read the zero point, and so contribute nothing. */
static int32_t
convolve_row(const convolution_layer* layer, const int8_t* weights, const int8_t* input, int32_t y, int32_t left,
             int32_t accumulator) {
    const int32_t right = left + (layer->kernel_width - 1) * layer->dilation_width;
    const bool row_inside = y >= 0 && y < layer->height;
    if (row_inside && left >= 0 && right < layer->width && layer->dilation_width == 1) {
        const int8_t* pixels = input + (y * layer->width + left) * layer->channels;
        return dot_product(weights, pixels, (size_t)layer->kernel_width * layer->channels, accumulator);
    }
    for (int32_t x = left; x <= right; x += layer->dilation_width, weights += layer->channels) {
        if (row_inside && x >= 0 && x < layer->width) {
            const int8_t* pixel = input + (y * layer->width + x) * layer->channels;
            accumulator = dot_product(weights, pixel, layer->channels, accumulator);
        } else {
            for (size_t depth = 0; depth < layer->channels; depth++) {
                accumulator += weights[depth] * layer->input_zero_point;
            }
        }
    }
    return accumulator;
}

/** @brief Slides the window over the image; output is output_height x output_width x outputs. */
static void
convolution(const convolution_layer* layer, const int8_t* input, int8_t* output) {
    const size_t row_weights = (size_t)layer->kernel_width * layer->channels;
    for (int32_t y = 0; y < layer->output_height; y++) {
        for (int32_t x = 0; x < layer->output_width; x++) {
            const int32_t top = y * layer->stride_height - layer->padding_top;
            const int32_t left = x * layer->stride_width - layer->padding_left;
            const int8_t* weights = layer->weights;
            for (size_t channel = 0; channel < layer->outputs; channel++) {
                int32_t accumulator = layer->bias[channel];
                for (int32_t tap = 0; tap < layer->kernel_height; tap++, weights += row_weights) {
                    accumulator = convolve_row(layer, weights, input, top + tap * layer->dilation_height, left, accumulator);
                }
                *output++ = requantize(accumulator, channel, &layer->law);
            }
        }
    }
}
`;

export const TABLE = `/** @brief output[i] = table[input[i] + 128]: a function of one byte. */
static void
look_up(const int8_t* table, size_t count, const int8_t* input, int8_t* output) {
    for (size_t index = 0; index < count; index++) {
        output[index] = table[input[index] + 128];
    }
}
`;
