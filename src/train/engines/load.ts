// Which engine this machine trains with: tfjs-node where it is installed, else tfjs's wasm backend, else its plain JavaScript one.
// Loading happens on request, since most commands never train.

import * as tf from "@tensorflow/tfjs-core";
import { createRequire } from "node:module";
import type { FloatNetwork } from "../../artifacts/network.ts";
import { unreachable } from "../../core/assert.ts";
import { runError } from "../../core/diagnostic.ts";
import { ENGINES, type EngineId, type TrainingEngine } from "../engine.ts";
import { tfjsEngine } from "./tfjs.ts";

/** The first engine that works here, or the one asked for.
 * @throws DiagnosticError when that one does not work here. */
export async function loadEngine(choice: EngineId | "auto" = "auto"): Promise<TrainingEngine> {
  tf.enableProdMode(); // no greetings on the console, no checks of every tensor
  const reasons: string[] = [];
  for (const id of choice === "auto" ? ENGINES : [choice]) {
    try {
      return await startEngine(id);
    } catch (error) {
      reasons.push(`${id}: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`);
    }
  }
  const hint =
    choice === "tfjs-node" ? "install it with `npm install @tensorflow/tfjs-node`, or leave the choice to reflexarc" : "run `npm ci` again";
  throw runError("train-no-engine", `cannot train with ${choice === "auto" ? "any engine" : choice} here (${reasons.join("; ")})`, hint);
}

/** Loads an engine and proves it with one neuron. */
async function startEngine(id: EngineId): Promise<TrainingEngine> {
  const backend = await registerBackend(id);
  if (!(await tf.setBackend(backend))) throw new Error("its backend does not start");
  const engine = tfjsEngine(id, backend);
  const [output] = engine.begin(NEURON, { kind: "huber", delta: 1 }, 0).outputs(Float32Array.of(5), 1);
  if (output !== 3 * 5 + 2) throw new Error("its backend does not compute");
  return engine;
}

const NEURON: FloatNetwork = {
  layers: [{ kind: "dense", inputs: 1, outputs: 1, weights: Float32Array.of(3), bias: Float32Array.of(2), activation: "linear" }],
};

/** Makes a backend known to tfjs. @returns tfjs's name for it. */
async function registerBackend(id: EngineId): Promise<string> {
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
    default:
      return unreachable(id);
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
