/** @file
 * @brief The losses of loss.ts: outputs and targets in, the mean loss and its derivative by each output out.
 *
 *     outputs  R S M W     targets  R S T     weights  R S M     (S steps, M members, W outputs and T target numbers of one)
 */
#include "engine.h"
#include "transcendental.h"

/** @brief Softmax of `count` logits, each times `scale`, into loss->probabilities.
 * @return The logarithm of the sum of e^(logit - the highest), plus the highest, minus the logit of `label`: its cross-entropy. */
static double
entropy(const struct loss* loss, const float* logits, int32_t count, float scale, int32_t label) {
    float highest = logits[0], sum = 0;
    for (int32_t i = 1; i < count; i++) {
        highest = logits[i] > highest ? logits[i] : highest;
    }
    for (int32_t i = 0; i < count; i++) {
        loss->probabilities[i] = exponential(scale * (logits[i] - highest));
        sum += loss->probabilities[i];
    }
    for (int32_t i = 0; i < count; i++) {
        loss->probabilities[i] /= sum;
    }
    return logarithm((double)sum) + (double)(scale * (highest - logits[label]));
}

static double
cross_entropy(const struct loss* loss, const float* outputs, const float* target, float weight, float* gradient) {
    const int32_t label = (int32_t)target[0];
    const double value = entropy(loss, outputs, loss->channels, 1, label);
    const float spread = loss->label_smoothing / (float)loss->channels;
    const float label_weight = loss->table[label];
    for (int32_t i = 0; i < loss->channels; i++) {
        const float wanted = spread + (i == label ? 1 - loss->label_smoothing : 0);
        gradient[i] += weight * label_weight * (loss->probabilities[i] - wanted);
    }
    return value * (double)label_weight;
}

static double
huber(const struct loss* loss, const float* outputs, const float* target, float weight, float* gradient) {
    const float share = weight / (float)loss->channels;
    double sum = 0;
    for (int32_t i = 0; i < loss->channels; i++) {
        const float error = outputs[i] - target[i];
        const float slope = error > loss->delta ? loss->delta : error < -loss->delta ? -loss->delta : error;
        gradient[i] += slope * share;
        sum += (double)slope * ((double)error - (double)slope / 2);
    }
    return sum / loss->channels;
}

static double
gaussian(const struct loss* loss, const float* outputs, const float* target, float weight, float* gradient) {
    const int32_t channels = loss->channels;
    const float share = weight / (float)channels;
    double sum = 0;
    for (int32_t i = 0; i < channels; i++) {
        const float said = outputs[channels + i];
        const int32_t inside = said >= loss->lowest_log_variance && said <= loss->highest_log_variance;
        const float low = said < loss->lowest_log_variance ? loss->lowest_log_variance : said;
        const float log_variance = low > loss->highest_log_variance ? loss->highest_log_variance : low;
        const float error = outputs[i] - target[i], precision = exponential(-log_variance);
        gradient[i] += share * error * precision;
        gradient[channels + i] += inside ? share * (1 - error * error * precision) / 2 : 0;
        sum += ((double)(error * error * precision) + (double)log_variance) / 2;
    }
    return sum / channels;
}

static int32_t
nearest_bin(const struct loss* loss, const float* target) {
    int32_t nearest = 0;
    float least = __builtin_inff();
    for (int32_t bin = 0; bin < loss->bins; bin++) {
        float distance = 0;
        for (int32_t i = 0; i < loss->channels; i++) {
            const float difference = target[i] - loss->table[bin * loss->channels + i];
            distance += difference * difference;
        }
        if (distance < least) {
            least = distance;
            nearest = bin;
        }
    }
    return nearest;
}

static double
mixture(const struct loss* loss, const float* outputs, const float* target, float weight, float* gradient) {
    const int32_t bin = nearest_bin(loss, target), values = loss->bins + bin * loss->channels;
    const double value = entropy(loss, outputs, loss->bins, loss->logit_scale, bin);
    for (int32_t i = 0; i < loss->bins; i++) {
        gradient[i] += weight * loss->logit_scale * (loss->probabilities[i] - (i == bin ? 1 : 0));
    }
    return value + huber(loss, outputs + values, target, weight, gradient + values);
}

/** @brief The loss of what one member says at one step; `weight` times its derivative is added to the gradient. */
static double
member_loss(const struct loss* loss, const float* outputs, const float* target, float weight, float* gradient) {
    switch (loss->kind) {
        case CROSS_ENTROPY:
            return cross_entropy(loss, outputs, target, weight, gradient);
        case HUBER:
            return huber(loss, outputs, target, weight, gradient);
        case GAUSSIAN:
            return gaussian(loss, outputs, target, weight, gradient);
        default:
            return mixture(loss, outputs, target, weight, gradient);
    }
}

double
loss_and_gradient(const struct loss* loss, int32_t rows) {
    const int32_t count = rows * loss->steps * loss->members;
    double sum = 0;
    for (int32_t i = 0; i < count; i++) {
        const float weight = loss->weights[i];
        if (weight == 0) {
            continue; // nobody said what is right: the target may be anything
        }
        const float* target = loss->targets + i / loss->members * loss->target_width;
        float* gradient = loss->outputs.gradient + i * loss->width;
        sum += (double)weight *
               member_loss(loss, loss->outputs.value + i * loss->width, target, weight / (float)count, gradient);
    }
    return sum / count;
}
