import { describe, expect, test } from "vitest";
import { randomGraph } from "../../tests/random-graph.ts";
import { goldenCase } from "../../tests/golden/models.ts";
import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import type { Convolution2d, Graph, Operator, Tensor, TensorId } from "../artifacts/graph.ts";
import { bufferBytes, stepMacs, type IntegerProgram } from "../artifacts/integer-program.ts";
import { createInterpreter } from "../quantize/interpreter.ts";
import { readTflite } from "../tflite/read.ts";
import { lowerGraph } from "./lower-graph.ts";
import { streamProgram } from "./streaming.ts";

/** Convolutions over time of random widths, dilations and activations, tables between them, a fully connected end. */
function temporalGraph(seed: number): Graph {
  const random = new Random(seed);
  const from = (minimum: number, maximum: number): number => minimum + random.integer(maximum - minimum + 1);
  const tensors: Tensor[] = [];
  const operators: Operator[] = [];
  const vertical = random.next() < 0.5;
  const plane = (along: number): { height: number; width: number } =>
    vertical ? { height: along, width: 1 } : { height: 1, width: along };
  const image = (columns: number, channels: number): number[] => [1, plane(columns).height, plane(columns).width, channels];
  const activation = (shape: readonly number[], scale: number): TensorId =>
    tensors.push({
      ...{ kind: "activation", type: "int8", name: `tensor ${tensors.length}`, shape },
      quantization: { scales: [scale], zeroPoint: random.integer(256) - 128, axis: 0 },
    }) - 1;
  const weights = (shape: readonly number[], axis: number): TensorId => {
    const data = Int8Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => random.integer(255) - 127);
    return (
      tensors.push({
        kind: "constant",
        name: `weights ${tensors.length}`,
        shape,
        quantization: { scales: [0.01], zeroPoint: 0, axis },
        data,
      }) - 1
    );
  };
  const bias = (outputs: number): TensorId => {
    const data = Int32Array.from({ length: outputs }, () => random.integer(4001) - 2000);
    return (
      tensors.push({
        kind: "constant",
        name: `bias ${tensors.length}`,
        shape: [outputs],
        quantization: { scales: [0.0005], zeroPoint: 0, axis: 0 },
        data,
      }) - 1
    );
  };
  let [columns, channels] = [from(8, 20), from(1, 4)];
  const input = activation(image(columns, channels), 0.05);
  let last = input;
  for (let layer = from(1, 3); layer > 0; layer--) {
    const dilation = from(1, 2);
    const taps = from(layer === 1 ? 1 : 2, 3);
    const stride = random.next() < 0.3 ? 2 : 1;
    const padding = random.next() < 0.4 ? "same" : "valid";
    const reach = (taps - 1) * dilation + 1;
    if (reach > columns) break;
    columns = Math.ceil((padding === "same" ? columns : columns - reach + 1) / stride);
    const depthwise = random.next() < 0.3;
    const outputs = depthwise ? channels * from(1, 2) : from(1, 5);
    const kernel = plane(taps);
    const shape = depthwise ? [1, kernel.height, kernel.width, outputs] : [outputs, kernel.height, kernel.width, channels];
    const settings: Pick<Convolution2d, "activation" | "padding" | "stride" | "dilation"> = {
      ...{ activation: random.next() < 0.5 ? "relu" : "none", padding, stride: plane(stride) },
      dilation: plane(dilation),
    };
    const ids = { input: last, weights: weights(shape, depthwise ? 3 : 0), bias: bias(outputs) };
    last = activation(image(columns, outputs), 0.3);
    operators.push({ kind: depthwise ? "depthwise-conv-2d" : "conv-2d", ...ids, output: last, ...settings });
    channels = outputs;
    if (random.next() < 0.3) {
      const bent = activation(image(columns, channels), 0.2);
      operators.push({ kind: "leaky-relu", input: last, output: bent, alpha: Math.fround(0.1) });
      last = bent;
    }
  }
  if (random.next() < 0.7) {
    const ids = { input: last, weights: weights([3, columns * channels], 0), bias: bias(3) };
    last = activation([1, 3], 0.5);
    operators.push({ kind: "fully-connected", ...ids, output: last, activation: "none" });
  }
  return { tensors, operators, inputs: [input], outputs: [last] };
}

/** Feeds random columns to both; before the first, the window holds the input's zero point. */
function expectEqualStreams(program: IntegerProgram, streamed: IntegerProgram, zeroPoint: number, ticks: number): void {
  const column = bufferBytes(at(streamed.buffers, at(streamed.inputs, 0)));
  const whole = createInterpreter(program);
  const stream = createInterpreter(streamed);
  const random = new Random(7);
  let window = new Int8Array(bufferBytes(at(program.buffers, at(program.inputs, 0)))).fill(zeroPoint);
  for (let tick = 0; tick < ticks; tick++) {
    const newest = Int8Array.from({ length: column }, () => random.integer(256) - 128);
    window = Int8Array.of(...window.subarray(column), ...newest);
    expect(stream.infer(newest)).toEqual(whole.infer(window));
  }
}

const macs = ({ steps }: IntegerProgram): number => steps.reduce((sum, step) => sum + stepMacs(step), 0);

describe("a streamed program", () => {
  test.each(Array.from({ length: 150 }, (_, seed) => seed))("equals the whole window, seed %d", (seed) => {
    const graph = temporalGraph(seed);
    const program = valueOf(lowerGraph(graph));
    const outcome = streamProgram(program);
    const zeroPoint = at(graph.tensors, at(graph.inputs, 0)).quantization.zeroPoint;
    if (outcome.ok) expectEqualStreams(program, outcome.value, zeroPoint, 40);
    else expect(outcome.diagnostics[0]?.code).toBe("streaming-nothing");
  });

  test("is found for most temporal graphs, and multiplies less", () => {
    const programs = Array.from({ length: 150 }, (_, seed) => valueOf(lowerGraph(temporalGraph(seed))));
    const streamed = programs.flatMap((program) => {
      const outcome = streamProgram(program);
      return outcome.ok ? [macs(outcome.value) < macs(program)] : [];
    });
    expect(streamed.length).toBeGreaterThan(40);
    expect(streamed).not.toContain(false);
  });

  test("of convD, whose convolutions pad and one of which strides, needs half of the multiplications", () => {
    const program = valueOf(lowerGraph(valueOf(readTflite(goldenCase("convD").model, "convD"))));
    const streamed = valueOf(streamProgram(program));
    expectEqualStreams(
      program,
      streamed,
      at(
        program.steps.filter((step) => step.kind === "conv-2d"),
        0,
      ).inputZeroPoint,
      60,
    );
    expect(macs(streamed) / macs(program)).toBeLessThan(0.51);
  });

  test("is refused where nothing slides over time", () => {
    const outcome = streamProgram(valueOf(lowerGraph(randomGraph(1, { kinds: ["fully-connected"], chain: true }))));
    expect(outcome).toMatchObject({ ok: false, diagnostics: [{ code: "streaming-nothing" }] });
  });
});
