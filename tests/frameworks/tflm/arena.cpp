/* Runs models in TensorFlow Lite Micro, each once in an arena of the size that is given: MODEL BYTES ... Prints how much of it is in use, a line a
 * model; 0 where it did not start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The real ones, not those beside this file. */
#include <tensorflow/lite/micro/micro_interpreter.h>
#include <tensorflow/lite/micro/micro_mutable_op_resolver.h>
#include <tensorflow/lite/schema/schema_generated.h>

static uint8_t*
aligned(size_t bytes) {
    return static_cast<uint8_t*>(aligned_alloc(16, (bytes + 15) / 16 * 16));
}

static const tflite::Model*
read(const char* path) {
    FILE* file = fopen(path, "rb");
    fseek(file, 0, SEEK_END);
    const size_t bytes = static_cast<size_t>(ftell(file));
    rewind(file);
    uint8_t* model = aligned(bytes);
    const bool whole = fread(model, 1, bytes, file) == bytes;
    fclose(file);
    return whole ? tflite::GetModel(model) : nullptr;
}

int
main(int count, char** words) {
    tflite::MicroMutableOpResolver<25> operators;
    operators.AddFullyConnected(tflite::Register_FULLY_CONNECTED_INT8());
    operators.AddConv2D(tflite::Register_CONV_2D_INT8());
    operators.AddDepthwiseConv2D(tflite::Register_DEPTHWISE_CONV_2D_INT8());
    operators.AddAveragePool2D(tflite::Register_AVERAGE_POOL_2D_INT8());
    operators.AddMaxPool2D(tflite::Register_MAX_POOL_2D_INT8());
    operators.AddSoftmax(tflite::Register_SOFTMAX_INT8());
    operators.AddMean();
    operators.AddReshape();
    operators.AddPad();
    operators.AddAdd();
    operators.AddSub();
    operators.AddMul();
    operators.AddConcatenation();
    operators.AddSplit();
    operators.AddStridedSlice();
    operators.AddRelu();
    operators.AddRelu6();
    operators.AddLeakyRelu();
    operators.AddLogistic();
    operators.AddTanh();
    operators.AddHardSwish();
    operators.AddQuantize();
    operators.AddDequantize();
    operators.AddArgMax();
    operators.AddUnidirectionalSequenceLSTM();
    for (int i = 1; i + 1 < count; i += 2) {
        const size_t bytes = static_cast<size_t>(atol(words[i + 1]));
        tflite::MicroInterpreter interpreter(read(words[i]), operators, aligned(bytes), bytes);
        const bool ran = interpreter.AllocateTensors() == kTfLiteOk && interpreter.Invoke() == kTfLiteOk;
        printf("%lu\n", ran ? static_cast<unsigned long>(interpreter.arena_used_bytes()) : 0ul);
        fflush(stdout); /* the next one may crash */
    }
    return 0;
}
