// From "retrained" to "driving with it" over a serial line of 115,200 baud, in virtual time: the blocks of real policies of 5,000
// parameters, the C firmware of the test bench, and every byte's ten bits in both directions.

import { beforeAll, expect, test } from "vitest";
import { at } from "../../src/core/assert.ts";
import { silentProgress } from "../../src/core/io.ts";
import type { Episode } from "../../src/artifacts/episode.ts";
import type { Core } from "../../src/artifacts/board.ts";
import type { PolicyBundle } from "../../src/artifacts/policy-bundle.ts";
import { mlpPolicy } from "../../src/artifacts/testing.ts";
import { graphParameters } from "../../src/artifacts/graph.ts";
import { trainingEngineBytes } from "../../src/host/training-engine.ts";
import { parameterBlockBytes } from "../../src/emit/c/policy.ts";
import { PROTOCOL_VERSION, type HelloMessage } from "../../src/link/messages.generated.ts";
import { swapParameters, type SwapResult, type SwapUpdate } from "../../src/link/swap.ts";
import { Bench, buildFirmware, PERIOD_US, setMode } from "../../src/link/testing/firmware-bench.ts";
import { BUILT_IN_HASH, SCHEMA_HASH, updateTo, vector } from "../../src/link/testing/swap-frames.ts";
import { BenchLine } from "../../src/link/testing/swap-line.ts";
import { driveExpert, episodeOf } from "../../src/pipeline/drive.ts";
import { lowerFor } from "../../src/pipeline/firmware.ts";
import type { Robot } from "../../src/pipeline/robot.ts";
import { trainBundle } from "../../src/pipeline/train-policy.ts";
import { localTrainer } from "../../src/pipeline/trainer.ts";
import { RING_SPEC } from "../../src/sim/testing.ts";
import { wallFollowerFactory } from "../../src/sim/wall-follower.ts";
import { loadEngine } from "../../src/train/engines/load.ts";

const BAUD_RATE = 115_200;
/** 24-58-56-4: 4982 parameters. */
const HIDDEN = [58, 56];
/** Of one inference of that policy, on the slowest board that has room for two blocks. */
const INFERENCE_US = 2000;
/** What an ESP32's driver keeps; the bench reads each byte at once. */
const RECEIVE_BYTES = 1024;
/** Input and output of the real policy: what a golden vector has more than one of the test policy. */
const VECTOR_BYTES = 24 + 4 - 3;
const GOLDEN_VECTORS = 8;

const bundles = new Map<"first" | "goes on" | "from scratch", PolicyBundle>();

beforeAll(async () => {
  const spec = { ...RING_SPEC, policy: mlpPolicy(HIDDEN) };
  const robot: Robot = { spec, history: { format: 1, revisions: [] }, version: { hash: SCHEMA_HASH, revision: 1 } };
  const plant = await wallFollowerFactory().create(spec);
  const episodes: Episode[] = [];
  for (let seed = 0; seed < 6; seed++) episodes.push(episodeOf(spec, await driveExpert(spec, plant, seed, 270), `${seed}`));
  plant.dispose();
  const trainer = localTrainer(await loadEngine("wasm", trainingEngineBytes));
  const train = (count: number, goOnFrom?: PolicyBundle): Promise<PolicyBundle> =>
    trainBundle({
      ...{ robot, episodes: episodes.slice(0, count), recordings: {}, seed: 1, settings: { epochs: 60 }, ...(goOnFrom && { goOnFrom }) },
      ...({ correctionWeight: 1, weightScales: "per-channel", quantizationAware: "never", trainer } as const),
      ...{ toolVersion: "0", progress: silentProgress, warn: () => undefined },
    });
  const first = await train(3);
  bundles
    .set("first", first)
    .set("goes on", await train(6, first))
    .set("from scratch", await train(6));
});

/** A real policy's block, but for the head and the byte that are the test policy's. */
function blockOf(name: "first" | "goes on" | "from scratch", core: Core, offset: number): Uint8Array {
  const bundle = bundles.get(name) as PolicyBundle;
  expect(graphParameters(bundle.graph)).toBe(4982);
  const block = parameterBlockBytes(lowerFor(bundle.graph, {}), { core, optimize: "balanced" });
  block.set(updateTo(offset).parameters.subarray(0, 13));
  return block;
}

async function swap(bench: Bench, update: SwapUpdate): Promise<SwapResult & { readonly lineMs: number }> {
  const [hello] = bench.ask({ kind: "hello-request", protocolVersion: PROTOCOL_VERSION }).filter((message) => message.kind === "hello");
  const line = new BenchLine(
    bench,
    { ...(hello as HelloMessage), receiveBytes: RECEIVE_BYTES },
    { baudRate: BAUD_RATE, extraProofBytes: VECTOR_BYTES },
  );
  const result = await line.run(swapParameters(line, update));
  return { ...result, lineMs: (line.bytesToBoard * 10_000) / BAUD_RATE };
}

test.each([
  ["cortex-m4f", "goes on", 500],
  ["cortex-m0plus", "goes on", 500],
  ["cortex-m4f", "from scratch", 620],
  ["cortex-m0plus", "from scratch", 680],
] as const)("%s, retrained %s: within %i ms", async (core, name, limitMs) => {
  const first = blockOf("first", core, 1);
  const agent = await buildFirmware("agent", [`POLICY_PARAMETERS_BYTES=${first.length}`]);
  const bench = new Bench(agent, { policyUs: INFERENCE_US });
  bench.ask(setMode("auto", "sensors"));
  const vectors = Array.from({ length: GOLDEN_VECTORS }, (_, index) => vector(index, 1));
  await swap(bench, { ...updateTo(1), parameters: first, vectors });
  const base = { policyHash: updateTo(1).policyHash, parameters: first };
  const second = vectors.map(({ input }) => vector(at(input, 0), 2));
  const result = await swap(bench, { ...updateTo(2), parameters: blockOf(name, core, 2), base, vectors: second });
  expect(result).toMatchObject({ from: base.policyHash, to: updateTo(2).policyHash, resumed: 0 });
  expect(result.from).not.toBe(BUILT_IN_HASH);
  const { bytes, packedBytes, lineMs, milliseconds } = result;
  console.info(
    `${core}, ${name}: ${bytes} bytes as ${packedBytes}, line ${lineMs.toFixed(0)} ms, swapped in ${milliseconds.toFixed(0)} ms`,
  );
  expect(milliseconds).toBeLessThan(limitMs);
  bench.pass(PERIOD_US);
});
