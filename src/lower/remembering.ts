// A policy's int8 graph in, the program that a board runs out: it takes one encoded observation a tick and gives the graph's first
// output; what the policy keeps from tick to tick lies in the program's states, which a reset sets back.

import { assert, at } from "../core/assert.ts";
import { success, type Outcome } from "../core/diagnostic.ts";
import { elementCount, type Graph } from "../artifacts/graph.ts";
import type { BufferId, CopyStep, IntegerProgram } from "../artifacts/integer-program.ts";
import type { PolicyMemory } from "../artifacts/policy-form.ts";
import { lowerGraph } from "./lower-graph.ts";
import { streamWindow, type InputWindow } from "./streaming.ts";

/** Lowers a verified graph for its form. Of a window, convolutions over time compute their newest column alone. Fails as `lowerGraph`
 * does. */
export function rememberingProgram(graph: Graph, memory: PolicyMemory): Outcome<IntegerProgram> {
  const lowered = lowerGraph(graph);
  if (!lowered.ok) return lowered;
  switch (memory.kind) {
    case "none":
      return lowered;
    case "window":
      return success(streamWindow(lowered.value, windowOf(graph, memory.ticks)));
    case "state":
      return success(withState(graph, lowered.value, memory.elements));
  }
}

function windowOf(graph: Graph, count: number): InputWindow {
  const [id, ...others] = graph.inputs;
  assert(id !== undefined && others.length === 0, "a policy with a window has one input");
  const { shape, quantization } = at(graph.tensors, id);
  const elements = elementCount(shape);
  assert(elements % count === 0, `${elements} elements are no window of ${count} ticks`);
  return { count, channels: elements / count, zeroPoint: quantization.zeroPoint };
}

/** The further outputs go to where the further inputs come from when nothing reads these any more: behind the last step. */
function withState(graph: Graph, program: IntegerProgram, sizes: readonly number[]): IntegerProgram {
  const { buffers, inputs, outputs, states, steps } = program;
  assert(inputs.length === sizes.length + 1 && outputs.length === inputs.length, "each state goes in and comes out");
  const pairs = sizes.map((elements, index) => {
    const [from, to] = [at(graph.tensors, at(graph.outputs, index + 1)), at(graph.tensors, at(graph.inputs, index + 1))];
    assert(elementCount(to.shape) === elements && elementCount(from.shape) === elements, `state ${to.name} has ${elements} elements`);
    const { scales, zeroPoint } = to.quantization;
    const same = from.quantization.scales[0] === scales[0] && from.quantization.zeroPoint === zeroPoint;
    assert(same, `state ${to.name} comes out with the quantization that it goes in with`);
    return { from: at(outputs, index + 1), to: at(inputs, index + 1), zeroPoint };
  });
  const copies = pairs.map(({ from, to }) => copyOf(program, from, to));
  return {
    buffers,
    inputs: inputs.slice(0, 1),
    outputs: outputs.slice(0, 1),
    states: [...states, ...pairs.map(({ to, zeroPoint }) => ({ buffer: to, initial: zeroPoint }))],
    steps: [...steps, ...copies],
  };
}

function copyOf({ buffers }: IntegerProgram, input: BufferId, output: BufferId): CopyStep {
  const { name, elements } = at(buffers, output);
  const walk = { base: 0, strides: [1] };
  return { kind: "copy", name: `${name}/next`, input, output, sizes: [elements], from: walk, to: walk };
}
