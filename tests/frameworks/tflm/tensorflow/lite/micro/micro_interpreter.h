#ifndef MICRO_INTERPRETER_H
#define MICRO_INTERPRETER_H

#include "policy.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"

/* Bytes of the model's inputs and outputs. */
#ifndef MODEL_INPUTS
#define MODEL_INPUTS                                                                                                   \
    { POLICY_INPUT_SIZE }
#define MODEL_OUTPUTS                                                                                                  \
    { POLICY_OUTPUT_SIZE }
#endif

namespace tflite {

/* Each byte of an output is a sum of all bytes of all inputs, each times a number of its own: of the first input's first byte 1 for the
 * first output. */
class MicroInterpreter {
  public:
    template <unsigned room>
    MicroInterpreter(const Model*, const MicroMutableOpResolver<room>&, uint8_t* arena, size_t) {
        constexpr size_t INPUT_BYTES[] = MODEL_INPUTS;
        constexpr size_t OUTPUT_BYTES[] = MODEL_OUTPUTS;
        int8_t* bytes = reinterpret_cast<int8_t*>(arena);
        for (size_t i = 0; i < COUNT; i++) {
            from[i] = {chosen == INPUT_TYPE ? kTfLiteFloat32 : kTfLiteInt8, {bytes}, INPUT_BYTES[i]};
            bytes += INPUT_BYTES[i];
            from[i].bytes += chosen == INPUT_SIZE;
        }
        for (size_t i = 0; i < COUNT; i++) {
            to[i] = {kTfLiteInt8, {bytes}, OUTPUT_BYTES[i]};
            bytes += OUTPUT_BYTES[i];
            to[i].bytes -= chosen == OUTPUT_SIZE;
        }
    }
    TfLiteStatus
    AllocateTensors() {
        return chosen == ALLOCATE ? kTfLiteError : kTfLiteOk;
    }
    /* Its tensors are all that this one keeps. */
    size_t
    arena_used_bytes() const {
        size_t bytes = 0;
        for (size_t i = 0; i < COUNT; i++) {
            bytes += from[i].bytes + to[i].bytes;
        }
        return bytes;
    }
    TfLiteTensor*
    input(size_t index) {
        return &from[index];
    }
    TfLiteTensor*
    output(size_t index) {
        return chosen == OUTPUT_MISSING ? nullptr : &to[index];
    }
    TfLiteStatus
    Invoke() {
        for (size_t o = 0; o < COUNT; o++) {
            for (size_t i = 0; i < to[o].bytes; i++) {
                to[o].data.int8[i] = static_cast<int8_t>(sum(o, i));
            }
        }
        /* As in the arena of an interpreter, which inputs need not survive. */
        for (size_t k = 0; k < COUNT; k++) {
            for (size_t j = 0; j < from[k].bytes; j++) {
                from[k].data.int8[j] = 99;
            }
        }
        return chosen == INVOKE ? kTfLiteError : kTfLiteOk;
    }

  private:
    unsigned
    sum(size_t o, size_t i) const {
        unsigned total = 0;
        for (size_t k = 0; k < COUNT; k++) {
            for (size_t j = 0; j < from[k].bytes; j++) {
                total += static_cast<unsigned>(from[k].data.int8[j]) *
                         static_cast<unsigned>(1 + 7 * k + 11 * o + j * (1 + 3 * i));
            }
        }
        return total;
    }

    static constexpr size_t SIZES[] = MODEL_INPUTS;
    static constexpr size_t COUNT = sizeof(SIZES) / sizeof(SIZES[0]);
    TfLiteTensor from[COUNT];
    TfLiteTensor to[COUNT];
};

} // namespace tflite

#endif /* MICRO_INTERPRETER_H */
