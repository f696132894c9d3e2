"""Runs models in TensorFlow Lite Micro's own interpreter (reference kernels).

tflm_run.py MODEL ARENA INPUTS OUTPUTS [MODEL ARENA INPUTS OUTPUTS ...]
ARENA is how many bytes the interpreter gets; 0: enough for anything. INPUTS and OUTPUTS hold raw vectors, one after another, in each the tensors in the order of the graph. State is kept between vectors.
"""

import sys

import numpy
from tflite_micro.python.tflite_micro import runtime

# Without a size the interpreter takes ten times the file's bytes, which is too little for small files with large activations.
ARENA_BYTES = 4 << 20


def details(of_index):
    """Of all inputs or all outputs: TFLM's binding doesn't tell how many there are."""
    found = []
    while True:
        try:
            found.append(of_index(len(found)))
        except (IndexError, RuntimeError):
            return found


def run(model, arena, inputs, outputs):
    interpreter = runtime.Interpreter.from_file(model, arena_size=int(arena) or ARENA_BYTES)
    tensors = details(interpreter.get_input_details)
    results = len(details(interpreter.get_output_details))
    layout = numpy.dtype([(str(i), each["dtype"], tuple(each["shape"])) for i, each in enumerate(tensors)])
    with open(outputs, "wb") as file:
        for vector in numpy.fromfile(inputs, dtype=layout):
            for i in range(len(tensors)):
                interpreter.set_input(vector[str(i)], i)
            interpreter.invoke()
            for i in range(results):
                file.write(interpreter.get_output(i).tobytes())


for first in range(1, len(sys.argv), 4):
    run(*sys.argv[first : first + 4])
