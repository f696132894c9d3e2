// What the C++ around TensorFlow Lite Micro keeps between inferences, where the model itself does not: past observations, or state that
// comes out of the model and goes into it again. Out come the pieces of policy.cpp.

import { at } from "../../core/assert.ts";
import { activationTensor, elementCount, type Graph } from "../../artifacts/graph.ts";
import type { PolicyMemory } from "../../artifacts/policy-form.ts";

/** Each piece is lines without an indent. */
export interface MemoryPieces {
  /** Bytes that are kept. */
  readonly bytes: number;
  /** What is kept, as a variable. */
  readonly declarations: readonly string[];
  /** The body of policy_reset. */
  readonly reset: readonly string[];
  /** From `input` to the model's inputs. */
  readonly before: readonly string[];
  /** From the model's outputs to `output`. */
  readonly after: readonly string[];
}

const OBSERVATION = "memcpy(policy->interpreter.input(0)->data.int8, input, INPUTS[0].bytes);";
const ACTION = "memcpy(output, policy->interpreter.output(0)->data.int8, OUTPUTS[0].bytes);";

export function memoryPieces(graph: Graph, memory: PolicyMemory): MemoryPieces {
  const elements = (id: number): number => elementCount(activationTensor(graph, id).shape);
  const zeroPoint = (id: number): number => activationTensor(graph, id).quantization.zeroPoint;
  switch (memory.kind) {
    case "none":
      return { bytes: 0, declarations: [], reset: variables(graph), before: eachOf("INPUT", "input"), after: eachOf("OUTPUT", "output") };
    case "window": {
      const input = at(graph.inputs, 0);
      return {
        bytes: elements(input),
        declarations: ["/* The newest observations, oldest first. */", `int8_t window[${elements(input)}];`],
        reset: [`memset(window, ${zeroPoint(input)}, sizeof(window));`, ...variables(graph)],
        before: [
          "memmove(window, &window[POLICY_INPUT_SIZE], sizeof(window) - POLICY_INPUT_SIZE);",
          "memcpy(&window[sizeof(window) - POLICY_INPUT_SIZE], input, POLICY_INPUT_SIZE);",
          "memcpy(policy->interpreter.input(0)->data.int8, window, sizeof(window));",
        ],
        after: [ACTION],
      };
    }
    case "state": {
      const states = graph.inputs.slice(1);
      const offsets = states.map((_, index) => states.slice(0, index).reduce((sum, id) => sum + elements(id), 0));
      const bytes = states.reduce((sum, id) => sum + elements(id), 0);
      const copies = (of: (index: number, place: string) => string): string[] =>
        states.map((_, index) => of(index + 1, at(offsets, index) === 0 ? "state" : `&state[${at(offsets, index)}]`));
      return {
        bytes,
        declarations: ["/* The model's further outputs, which are its further inputs at the next inference. */", `int8_t state[${bytes}];`],
        reset: [
          ...copies((index, place) => `memset(${place}, ${zeroPoint(at(graph.inputs, index))}, INPUTS[${index}].bytes);`),
          ...variables(graph),
        ],
        before: [
          OBSERVATION,
          ...copies((index, place) => `memcpy(policy->interpreter.input(${index})->data.int8, ${place}, INPUTS[${index}].bytes);`),
        ],
        after: [
          ACTION,
          ...copies((index, place) => `memcpy(${place}, policy->interpreter.output(${index})->data.int8, OUTPUTS[${index}].bytes);`),
        ],
      };
    }
  }
}

/** State that lies in the interpreter's own tensors. */
function variables(graph: Graph): string[] {
  if (!graph.tensors.some(({ kind }) => kind === "variable")) return [];
  return ["if (policy != nullptr) {", "    (void)policy->interpreter.Reset();", "}"];
}

function eachOf(which: "INPUT" | "OUTPUT", array: "input" | "output"): string[] {
  const tensor = `policy->interpreter.${array}(i)->data.int8`;
  const [to, from] = which === "INPUT" ? [tensor, array] : [array, tensor];
  return [
    `for (size_t i = 0; i < ${which}_COUNT; i++) {`,
    `    memcpy(${to}, ${from}, ${which}S[i].bytes);`,
    `    ${array} += ${which}S[i].bytes;`,
    "}",
  ];
}
