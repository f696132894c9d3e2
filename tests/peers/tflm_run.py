"""Runs models in TensorFlow Lite Micro's own interpreter (reference kernels).

tflm_run.py MODEL INPUTS OUTPUTS [MODEL INPUTS OUTPUTS ...]
INPUTS and OUTPUTS hold raw int8 vectors, one after another.
"""

import sys

import numpy
from tflite_micro.python.tflite_micro import runtime

# Without a size the interpreter takes ten times the file's bytes, which is too little for small files with large activations.
ARENA_BYTES = 4 << 20


def run(model, inputs, outputs):
    interpreter = runtime.Interpreter.from_file(model, arena_size=ARENA_BYTES)
    shape = interpreter.get_input_details(0)["shape"]
    vectors = numpy.fromfile(inputs, dtype=numpy.int8).reshape((-1, *shape))
    with open(outputs, "wb") as file:
        for vector in vectors:
            interpreter.set_input(vector, 0)
            interpreter.invoke()
            file.write(interpreter.get_output(0).tobytes())


for first in range(1, len(sys.argv), 3):
    run(*sys.argv[first : first + 3])
