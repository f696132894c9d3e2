/* What the generated glue uses of TensorFlow Lite Micro, with a fault to choose: how each kind of failure is answered is tested
 * without the library. `fault` is set by the test program. */
#ifndef SCHEMA_GENERATED_H
#define SCHEMA_GENERATED_H

#include <stddef.h>
#include <stdint.h>

#define TFLITE_SCHEMA_VERSION 3

enum fault {
    NONE,
    SCHEMA,
    OPERATOR,
    ALLOCATE,
    INPUT_TYPE,
    INPUT_SIZE,
    OUTPUT_SIZE,
    OUTPUT_MISSING,
    INVOKE
};
extern fault chosen;

typedef enum {
    kTfLiteOk,
    kTfLiteError
} TfLiteStatus;
typedef enum {
    kTfLiteFloat32 = 1,
    kTfLiteInt8 = 9
} TfLiteType;

struct TfLiteTensor {
    TfLiteType type;
    union {
        int8_t* int8;
    } data;
    size_t bytes;
};

namespace tflite {

struct Model {
    uint32_t
    version() const {
        return chosen == SCHEMA ? TFLITE_SCHEMA_VERSION + 1 : TFLITE_SCHEMA_VERSION;
    }
};

inline const Model*
GetModel(const void* bytes) {
    return static_cast<const Model*>(bytes);
}

} // namespace tflite

#endif /* SCHEMA_GENERATED_H */
