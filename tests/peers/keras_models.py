"""Builds models with Keras and exports each in the forms that reflexarc imports, with inputs and Keras's own outputs.

keras_models.py FOLDER
Writes FOLDER/NAME/: h5/, keras/, saved/ (model.json by TensorFlow.js's converter, from the .h5, the .keras and the SavedModel),
float.tflite, half.tflite, dynamic.tflite, int8.tflite, in.bin and out.bin (float32, one row after another, in each row all inputs or
outputs), int8.in.bin and int8.out.bin (TFLite's reference kernels).
"""

import os
import sys
import types

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy
import tensorflow
from keras import layers

# What the converter imports for models that are none of ours.
for name in ("tensorflow_decision_forests", "jax", "jax.experimental", "jax.experimental.jax2tf"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["jax.experimental"].jax2tf = sys.modules["jax.experimental.jax2tf"]
sys.modules["jax.experimental.jax2tf"].PolyShape = object

from tensorflowjs.converters import converter  # noqa: E402

ROWS = 16
CALIBRATION_ROWS = 64


def mlp():
    return keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(16, activation="relu"),
            layers.BatchNormalization(),
            layers.Dropout(0.2),
            layers.GaussianNoise(0.1),
            layers.Dense(8, activation="tanh", use_bias=False),
            layers.Activation("sigmoid"),
            layers.Dense(3),
            layers.Softmax(),
        ]
    )


def normalised():
    x = keras.Input((6,), name="range")
    y = layers.Normalization(mean=[1.0, 2.0, 3.0, 0.0, -1.0, 0.5], variance=[1.0, 4.0, 0.25, 2.0, 1.0, 3.0])(x)
    y = layers.Rescaling(0.5, offset=0.25)(y)
    y = layers.Dense(12, activation="relu6")(y)
    y = layers.BatchNormalization(center=False)(y)
    y = layers.Dense(12, activation="leaky_relu")(y)
    y = layers.ReLU(max_value=6.0)(y)
    return keras.Model(x, layers.Dense(2, activation="tanh")(y))


def temporal():
    x = keras.Input((16, 4), name="window")
    y = layers.Conv1D(8, 3, activation="relu")(x)
    y = layers.BatchNormalization()(y)
    y = layers.Conv1D(8, 3, strides=2, padding="same")(y)
    y = layers.BatchNormalization(scale=False)(y)
    y = layers.LeakyReLU(negative_slope=0.1)(y)
    y = layers.MaxPooling1D(2)(y)
    y = layers.Flatten()(y)
    return keras.Model(x, layers.Dense(3)(y))


def causal():
    x = keras.Input((12, 3))
    y = layers.Conv1D(6, 3, padding="causal", dilation_rate=2, activation="relu")(x)
    y = layers.SeparableConv1D(8, 3, depth_multiplier=2, activation="relu")(y)
    y = layers.AveragePooling1D(2)(y)
    y = layers.ZeroPadding1D((1, 2))(y)
    y = layers.Cropping1D((0, 1))(y)
    y = layers.Dense(4, activation="relu")(y)
    y = layers.GlobalAveragePooling1D()(y)
    return keras.Model(x, layers.Dense(2)(y))


def vision():
    x = keras.Input((16, 16, 1))
    y = layers.Rescaling(1 / 127.5, offset=-1)(x)
    y = layers.ZeroPadding2D(((0, 1), (0, 1)))(y)
    y = layers.Conv2D(8, 3, strides=2, activation="relu")(y)
    y = layers.DepthwiseConv2D(3, padding="same")(y)
    y = layers.BatchNormalization()(y)
    y = layers.ReLU()(y)
    y = layers.SeparableConv2D(12, 3, padding="same", activation="relu6")(y)
    y = layers.MaxPooling2D(2)(y)
    y = layers.Conv2D(8, 3, padding="same", use_bias=False)(y)
    y = layers.AveragePooling2D(3, strides=1, padding="same")(y)
    y = layers.GlobalAveragePooling2D()(y)
    return keras.Model(x, layers.Dense(4)(y))


def branches():
    x = keras.Input((8,))
    a = layers.Dense(6, activation="relu")(x)
    b = layers.Dense(6, activation="tanh")(x)
    shared = layers.Dense(6, activation="swish")
    joined = layers.Concatenate()([layers.Add()([a, b]), layers.Subtract()([a, b]), layers.Multiply()([a, b]), shared(a), shared(b)])
    y = layers.Reshape((5, 6))(joined)
    y = layers.Conv1D(4, 2, activation="hard_swish")(y)
    y = layers.GlobalMaxPooling1D()(y)
    y = layers.Average()([y, layers.Dense(4, activation="hard_sigmoid")(x), layers.Dense(4)(x)])
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(5, activation="relu"), layers.Dense(3)], name="inner")
    return keras.Model(x, inner(y) + layers.Dense(3)(y))


def gru():
    x = keras.Input((6, 4))
    y = layers.GRU(8, return_sequences=True, unroll=True)(x)
    y = layers.GRU(5, reset_after=False, unroll=True)(y)
    return keras.Model(x, layers.Dense(2, activation="tanh")(y))


def lstm():
    x = keras.Input((6, 4))
    y = layers.LSTM(8, return_sequences=True, unroll=True)(x)
    y = layers.SimpleRNN(6, go_backwards=True, unroll=True)(y)
    return keras.Model(x, layers.Dense(3)(y))


def looping():
    x = keras.Input((6, 4))
    y, hidden, cell = layers.LSTM(8, return_state=True)(x)
    y = layers.Concatenate()([y, hidden, cell, layers.GRU(4)(x)])
    return keras.Model(x, layers.Dense(3)(y))


def remembering():
    x = keras.Input((4,), name="range")
    state = keras.Input((6,), name="state")
    y, after = layers.GRU(6, return_state=True, unroll=True)(layers.Reshape((1, 4))(x), initial_state=state)
    return keras.Model([x, state], [layers.Dense(2, activation="tanh")(y), after])


LAYERS = ["h5", "keras"]
EVERYTHING = [*LAYERS, "saved", "float", "half", "dynamic", "int8"]

# In which forms each is exported. Recurrent layers are loops, or a hundred operations, in a graph and in TFLite.
MODELS = {
    mlp: EVERYTHING,
    normalised: [*LAYERS, "saved"],
    temporal: EVERYTHING,
    causal: [*LAYERS, "saved", "float"],
    vision: EVERYTHING,
    branches: [*LAYERS, "saved"],
    gru: LAYERS,
    lstm: LAYERS,
    looping: [*LAYERS, "saved"],
    remembering: LAYERS,
}


def row_of(model, random, rows):
    """Inputs like those that people train on: not centred, not scaled."""
    return [random.uniform(-1.0, 2.0, size=(rows, *each.shape[1:])).astype(numpy.float32) for each in model.inputs]


def shuffle(model, random):
    """Weights as after training: no zero biases, moving averages that moved."""
    model.set_weights(
        [
            each + random.uniform(0.5, 1.5, each.shape) if "moving_variance" in variable.path else each + random.normal(0, 0.2, each.shape)
            for each, variable in zip(model.get_weights(), model.weights)
        ]
    )


def outputs_of(model, inputs):
    outputs = model([each for each in inputs] if len(inputs) > 1 else inputs[0], training=False)
    return [numpy.asarray(each) for each in (outputs if isinstance(outputs, (list, tuple)) else [outputs])]


def write_rows(path, tensors):
    rows = len(tensors[0])
    with open(path, "wb") as file:
        file.write(numpy.concatenate([each.reshape(rows, -1) for each in tensors], axis=1).tobytes())


def converted(model, settings):
    tflite = tensorflow.lite.TFLiteConverter.from_keras_model(model)
    settings(tflite)
    return tflite.convert()


def half(tflite):
    tflite.optimizations = [tensorflow.lite.Optimize.DEFAULT]
    tflite.target_spec.supported_types = [tensorflow.float16]


def dynamic(tflite):
    tflite.optimizations = [tensorflow.lite.Optimize.DEFAULT]


def int8(calibration):
    def settings(tflite):
        tflite.optimizations = [tensorflow.lite.Optimize.DEFAULT]
        tflite.representative_dataset = lambda: (
            {name: each[row : row + 1] for name, each in calibration.items()} for row in range(CALIBRATION_ROWS)
        )
        tflite.target_spec.supported_ops = [tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8]
        tflite.inference_input_type = tensorflow.int8
        tflite.inference_output_type = tensorflow.int8

    return settings


def run_int8(folder, content, tensor):
    resolver = tensorflow.lite.experimental.OpResolverType.BUILTIN_REF
    interpreter = tensorflow.lite.Interpreter(model_content=content, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    detail = interpreter.get_input_details()[0]
    given, made = [], []
    for row in range(ROWS):
        scale, zero_point = detail["quantization"]
        given.append(numpy.clip(numpy.round(tensor[row : row + 1] / scale + zero_point), -128, 127).astype(numpy.int8))
        interpreter.set_tensor(detail["index"], given[-1])
        interpreter.invoke()
        made.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    numpy.array(given).tofile(f"{folder}/int8.in.bin")
    numpy.array(made).tofile(f"{folder}/int8.out.bin")


def export(folder, build, forms, random):
    keras.backend.clear_session()
    model = build()
    shuffle(model, random)
    os.makedirs(folder)
    inputs = row_of(model, random, ROWS)
    write_rows(f"{folder}/in.bin", inputs)
    write_rows(f"{folder}/out.bin", outputs_of(model, inputs))
    model.save(f"{folder}/model.h5")
    model.save(f"{folder}/model.keras")
    converter.convert(["--input_format", "keras", f"{folder}/model.h5", f"{folder}/h5"])
    converter.convert(["--input_format", "keras_keras", "--output_format", "tfjs_layers_model", f"{folder}/model.keras", f"{folder}/keras"])
    if "saved" in forms:
        model.export(f"{folder}/export", verbose=False)
        converter.convert(["--input_format", "tf_saved_model", f"{folder}/export", f"{folder}/saved"])
    calibration = {each.name: rows for each, rows in zip(model.inputs, row_of(model, random, CALIBRATION_ROWS))}
    for name, settings in (("float", lambda tflite: None), ("half", half), ("dynamic", dynamic), ("int8", int8(calibration))):
        if name not in forms:
            continue
        content = converted(model, settings)
        with open(f"{folder}/{name}.tflite", "wb") as file:
            file.write(content)
        if name == "int8":
            run_int8(folder, content, inputs[0])


def main(folder):
    random = numpy.random.default_rng(7)
    keras.utils.set_random_seed(7)
    for build, forms in MODELS.items():
        export(f"{folder}/{build.__name__}", build, forms, random)


main(sys.argv[1])
