import { describe, expect, test } from "vitest";
import { carriedByHand, historyGraph, recurrentGraph, temporalGraph, type RememberingGraph } from "../../tests/memory-graphs.ts";
import { randomGraph } from "../../tests/random-graph.ts";
import { at } from "../core/assert.ts";
import { valueOf } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import { rawSizes } from "../artifacts/integer-program.ts";
import { createInterpreter } from "../quantize/interpreter.ts";
import { lowerGraph } from "./lower-graph.ts";
import { rememberingProgram } from "./remembering.ts";

const TICKS = 60;

function expectEqual(each: RememberingGraph, seed: number): void {
  const program = valueOf(rememberingProgram(each.graph, each.memory));
  const remembering = createInterpreter(program);
  const reference = carriedByHand(each);
  const random = new Random(seed);
  for (let tick = 0; tick < TICKS; tick++) {
    if (random.next() < 0.05) {
      remembering.reset();
      reference.reset();
    }
    const observation = Int8Array.from({ length: rawSizes(program).inputBytes }, () => random.integer(256) - 128);
    expect(remembering.infer(observation), `tick ${tick}`).toEqual(reference.infer(observation));
  }
}

const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);

describe("a program that remembers equals the graph whose memory is carried by hand", () => {
  test.each(SEEDS)("convolutions over a window, seed %d", (seed) => {
    expectEqual(temporalGraph(seed, 0), seed);
  });

  test.each(SEEDS)("layers over a window, seed %d", (seed) => {
    expectEqual(historyGraph(seed), seed);
  });

  test.each(SEEDS)("recurrent units, seed %d", (seed) => {
    expectEqual(recurrentGraph(seed), seed);
  });
});

describe("a program that remembers", () => {
  test("takes one observation, and gives the first output", () => {
    const { graph, memory } = historyGraph(1);
    const ticks = memory.kind === "window" ? memory.ticks : NaN;
    const whole = rawSizes(valueOf(lowerGraph(graph)));
    expect(rawSizes(valueOf(rememberingProgram(graph, memory)))).toEqual({ ...whole, inputBytes: whole.inputBytes / ticks });
  });

  test("is the graph itself where nothing is kept", () => {
    const graph = randomGraph(1);
    expect(rememberingProgram(graph, { kind: "none" })).toEqual(lowerGraph(graph));
  });

  test("begins with the zero point of a state", () => {
    const { graph, memory } = recurrentGraph(3);
    const { states, buffers } = valueOf(rememberingProgram(graph, memory));
    expect(states.map(({ buffer, initial }) => [at(buffers, buffer).elements, initial])).toEqual(
      memory.kind === "state" ? memory.elements.map((elements) => [elements, 0]) : [],
    );
  });
});
