#ifndef MICRO_INTERPRETER_H
#define MICRO_INTERPRETER_H

#include "policy.h"
#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"

namespace tflite {

/* Answers with the input's first byte, everywhere. */
class MicroInterpreter {
  public:
    template <unsigned room>
    MicroInterpreter(const Model*, const MicroMutableOpResolver<room>&, uint8_t* arena, size_t) {
        const size_t input_bytes = chosen == INPUT_SIZE ? POLICY_INPUT_SIZE + 1 : POLICY_INPUT_SIZE;
        const size_t output_bytes = chosen == OUTPUT_SIZE ? POLICY_OUTPUT_SIZE - 1 : POLICY_OUTPUT_SIZE;
        int8_t* bytes = reinterpret_cast<int8_t*>(arena);
        from = {chosen == INPUT_TYPE ? kTfLiteFloat32 : kTfLiteInt8, {bytes}, input_bytes};
        to = {kTfLiteInt8, {bytes + POLICY_INPUT_SIZE}, output_bytes};
    }
    TfLiteStatus
    AllocateTensors() {
        return chosen == ALLOCATE ? kTfLiteError : kTfLiteOk;
    }
    TfLiteTensor*
    input(size_t) {
        return &from;
    }
    TfLiteTensor*
    output(size_t) {
        return chosen == OUTPUT_MISSING ? nullptr : &to;
    }
    TfLiteStatus
    Invoke() {
        for (size_t i = 0; i < to.bytes; i++) {
            to.data.int8[i] = from.data.int8[0];
        }
        return chosen == INVOKE ? kTfLiteError : kTfLiteOk;
    }

  private:
    TfLiteTensor from;
    TfLiteTensor to;
};

} // namespace tflite

#endif /* MICRO_INTERPRETER_H */
