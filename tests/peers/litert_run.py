"""Runs models in LiteRT (TensorFlow Lite) with its default kernels.

litert_run.py MODEL INPUTS OUTPUTS [MODEL INPUTS OUTPUTS ...]
INPUTS and OUTPUTS hold raw int8 vectors, one after another.
"""

import sys

import numpy
from ai_edge_litert.interpreter import Interpreter


def run(model, inputs, outputs):
    interpreter = Interpreter(model_path=model, num_threads=1)
    interpreter.allocate_tensors()
    input_details = interpreter.get_input_details()[0]
    output_index = interpreter.get_output_details()[0]["index"]
    vectors = numpy.fromfile(inputs, dtype=numpy.int8).reshape((-1, *input_details["shape"]))
    with open(outputs, "wb") as file:
        for vector in vectors:
            interpreter.set_tensor(input_details["index"], vector)
            interpreter.invoke()
            file.write(interpreter.get_tensor(output_index).tobytes())


for first in range(1, len(sys.argv), 3):
    run(*sys.argv[first : first + 3])
