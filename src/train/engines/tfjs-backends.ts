// Backends of TensorFlow.js: an engine's name in, an engine that has proved itself out. Loaded when it is needed: importing tfjs takes a
// good part of a second.

import * as tf from "@tensorflow/tfjs-core";
import { createRequire } from "node:module";
import type { FloatNetwork } from "../../artifacts/network.ts";
import type { EngineId, TrainingEngine } from "../engine.ts";
import { huber } from "../loss.ts";
import { tfjsEngine } from "./tfjs.ts";
import type { TfjsBackend } from "./tfjs-limits.ts";

export type TfjsEngineId = Exclude<EngineId, "wasm">;

/** Loads an engine and proves it with one neuron.
 * @throws Error when it is not installed or does not work here. */
export async function startTfjs(id: TfjsEngineId): Promise<TrainingEngine> {
  tf.enableProdMode(); // no greetings on the console, no checks of every tensor
  const backend = await registerBackend(id);
  if (!(await tf.setBackend(backend))) throw new Error("its backend does not start");
  const engine = tfjsEngine(id, backend);
  const [output] = engine.begin(NEURON, { loss: huber(1), steps: 1, members: 1 }, { weightDecay: 0 }).outputs(Float32Array.of(5), 1);
  if (output !== 3 * 5 + 2) throw new Error("its backend does not compute");
  return engine;
}

const NEURON: FloatNetwork = {
  tensors: [
    { kind: "activation", name: "input", shape: [1, 1] },
    { kind: "parameter", name: "weights", shape: [1, 1], data: Float32Array.of(3) },
    { kind: "parameter", name: "bias", shape: [1], data: Float32Array.of(2) },
    { kind: "activation", name: "output", shape: [1, 1] },
  ],
  operators: [{ kind: "fully-connected", input: 0, weights: 1, bias: 2, output: 3, activation: "none" }],
  inputs: [0],
  outputs: [3],
};

/** Makes a backend known to tfjs. @returns tfjs's name for it. */
async function registerBackend(id: TfjsEngineId): Promise<TfjsBackend> {
  switch (id) {
    case "tfjs-node":
      // Not a dependency, since it downloads libtensorflow as it installs: found only where the user added it.
      await import(["@tensorflow", "tfjs-node"].join("/"));
      return "tensorflow";
    case "tfjs-wasm":
      await (wasmRegistered ??= withoutNewListeners(registerWasm));
      return "wasm";
    case "tfjs-cpu":
      await import("@tensorflow/tfjs-backend-cpu");
      return "cpu";
  }
}

/** Once a process: tfjs refuses another path to a backend that runs. */
let wasmRegistered: Promise<void> | undefined;

async function registerWasm(): Promise<void> {
  const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
  const file = "tfjs-backend-wasm.wasm";
  const path = createRequire(import.meta.url).resolve(`@tensorflow/tfjs-backend-wasm/dist/${file}`);
  setWasmPaths(path.slice(0, -file.length));
  await tf.setBackend("wasm");
}

/** The wasm backend's loader rethrows every uncaught error of the process, which would print its own minified source: what it
 * registers is taken off again. */
async function withoutNewListeners(load: () => Promise<void>): Promise<void> {
  const kept = new Set([...process.listeners("uncaughtException"), ...process.listeners("unhandledRejection")] as unknown[]);
  await load();
  for (const listener of process.listeners("uncaughtException")) if (!kept.has(listener)) process.off("uncaughtException", listener);
  for (const listener of process.listeners("unhandledRejection")) if (!kept.has(listener)) process.off("unhandledRejection", listener);
}
