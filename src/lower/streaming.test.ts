import { describe, expect, test } from "vitest";
import { temporalGraph } from "../../tests/memory-graphs.ts";
import { randomGraph } from "../../tests/random-graph.ts";
import { goldenCase } from "../../tests/golden/models.ts";
import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import { bufferBytes, stepMacs, type IntegerProgram } from "../artifacts/integer-program.ts";
import { createInterpreter } from "../quantize/interpreter.ts";
import { readTflite } from "../tflite/read.ts";
import { lowerGraph } from "./lower-graph.ts";
import { streamProgram } from "./streaming.ts";

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
    const { graph } = temporalGraph(seed);
    const program = valueOf(lowerGraph(graph));
    const outcome = streamProgram(program);
    const zeroPoint = at(graph.tensors, at(graph.inputs, 0)).quantization.zeroPoint;
    if (outcome.ok) expectEqualStreams(program, outcome.value, zeroPoint, 40);
    else expect(outcome.diagnostics[0]?.code).toBe("streaming-nothing");
  });

  test("is found for most temporal graphs, and multiplies less", () => {
    const programs = Array.from({ length: 150 }, (_, seed) => valueOf(lowerGraph(temporalGraph(seed).graph)));
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
