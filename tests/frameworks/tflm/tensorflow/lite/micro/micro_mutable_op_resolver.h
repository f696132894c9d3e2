#ifndef MICRO_MUTABLE_OP_RESOLVER_H
#define MICRO_MUTABLE_OP_RESOLVER_H

#include "tensorflow/lite/schema/schema_generated.h"

namespace tflite {

struct TFLMRegistration {};

inline TFLMRegistration
Register_FULLY_CONNECTED_INT8() {
    return {};
}

inline TFLMRegistration
Register_CONV_2D_INT8() {
    return {};
}

/* Takes as many operators as it has room for. */
template <unsigned room> class MicroMutableOpResolver {
  public:
    TfLiteStatus
    AddFullyConnected(const TFLMRegistration&) {
        return add();
    }
    TfLiteStatus
    AddConv2D(const TFLMRegistration&) {
        return add();
    }
    TfLiteStatus
    AddReshape() {
        return add();
    }
    TfLiteStatus
    AddTanh() {
        return add();
    }
    TfLiteStatus
    AddLogistic() {
        return add();
    }
    TfLiteStatus
    AddAdd() {
        return add();
    }
    TfLiteStatus
    AddSub() {
        return add();
    }
    TfLiteStatus
    AddMul() {
        return add();
    }
    TfLiteStatus
    AddSplit() {
        return add();
    }
    TfLiteStatus
    AddConcatenation() {
        return add();
    }

  private:
    TfLiteStatus
    add() {
        return chosen == OPERATOR || ++count > room ? kTfLiteError : kTfLiteOk;
    }
    unsigned count = 0;
};

} // namespace tflite

#endif /* MICRO_MUTABLE_OP_RESOLVER_H */
