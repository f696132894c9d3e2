// Every operator against TensorFlow Lite Micro's reference kernels: each golden case through the oracle, bit for bit.

import { describe, expect, test } from "vitest";
import { valueOf } from "../../src/core/diagnostic.ts";
import { lowerGraph } from "../../src/lower/lower-graph.ts";
import { createInterpreter } from "../../src/quantize/interpreter.ts";
import { readTflite } from "../../src/tflite/read.ts";
import { OPERATOR_CASES, operatorCase } from "../golden/models.ts";

/** What a graph may hold: every one of them has its cases. */
const OPERATORS =
  "ADD ARG_MAX AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEQUANTIZE EXPAND_DIMS FULLY_CONNECTED HARD_SWISH LEAKY_RELU LOGISTIC MAX_POOL_2D MEAN MUL PAD QUANTIZE RELU RELU6 RESHAPE SOFTMAX SPLIT SQUEEZE STRIDED_SLICE SUB TANH UNIDIRECTIONAL_SEQUENCE_LSTM";

test("each operator has a case", () => {
  const covered = new Set(OPERATOR_CASES.flatMap(({ ops }) => ops));
  expect(OPERATORS.split(" ").filter((name) => !covered.has(name))).toEqual([]);
});

describe("the oracle is the reference kernels", () => {
  test.each(OPERATOR_CASES)("$name", ({ name, input_bytes: inputBytes, output_bytes: outputBytes, vectors, state }) => {
    const { model, inputs, outputs } = operatorCase(name);
    const interpreter = createInterpreter(valueOf(lowerGraph(valueOf(readTflite(model, name)))));
    expect([inputs.length, outputs.length]).toEqual([vectors * inputBytes, vectors * outputBytes]);
    for (let vector = 0; vector < vectors; vector++) {
      if (state === "reset") interpreter.reset();
      const actual = interpreter.infer(inputs.slice(vector * inputBytes, (vector + 1) * inputBytes));
      expect(actual, `vector ${vector}`).toEqual(outputs.slice(vector * outputBytes, (vector + 1) * outputBytes));
    }
  });
});
