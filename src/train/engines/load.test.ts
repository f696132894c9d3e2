import { afterEach, describe, expect, it, vi } from "vitest";
import { DiagnosticError } from "../../core/diagnostic.ts";
import { trainingEngineBytes } from "../../host/training-engine.ts";
import { huber, type Objective } from "../loss.ts";
import { loadEngine } from "./load.ts";
import { NetworkDraft } from "./testing/network-draft.ts";

const errorListeners = (): number => process.listenerCount("uncaughtException") + process.listenerCount("unhandledRejection");

const objective: Objective = { loss: huber(2), steps: 1, members: 1 };

async function diagnosticOf(loading: Promise<unknown>): Promise<{ message: string; hint: string } | undefined> {
  const error: unknown = await loading.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DiagnosticError);
  return (error as DiagnosticError).diagnostics[0];
}

describe("loadEngine", () => {
  afterEach(() => void vi.restoreAllMocks());

  // First in this file: backends greet, and register listeners, only once a process.
  it("starts every engine quietly and leaves no listeners for the process's errors", async () => {
    const listeners = errorListeners();
    const spoken = (["log", "info", "warn", "error"] as const).map((method) => vi.spyOn(console, method));
    for (const id of ["wasm", "tfjs-wasm", "tfjs-cpu"] as const) expect((await loadEngine(id, trainingEngineBytes)).id).toBe(id);
    spoken.forEach((spy) => {
      expect(spy).not.toHaveBeenCalled();
    });
    expect(errorListeners()).toBe(listeners);
  });

  it("chooses our own where nothing more is asked for", async () => {
    expect((await loadEngine("auto", trainingEngineBytes)).id).toBe("wasm");
  });

  it("goes on to tfjs where our own does not start", async () => {
    const engine = await loadEngine("auto", () => Promise.reject(new Error("no such file")));
    expect(["tfjs-node", "tfjs-wasm"]).toContain(engine.id);
  });

  it("names what every engine lacks when none can train the network", async () => {
    const draft = new NetworkDraft(1);
    const input = draft.activation([1, 3]);
    const network = draft.network([input], [draft.add({ kind: "concatenation", inputs: [input, input], axis: 0 }, [2, 3])]);
    const diagnostic = await diagnosticOf(loadEngine("auto", () => Promise.reject(new Error("no such file")), { network, objective }));
    expect(diagnostic?.message).toContain("wasm: no such file");
    expect(diagnostic?.message).toContain("tfjs-cpu lacks a concatenation");
  });

  it("says how to get an engine that is missing", async () => {
    const loading = loadEngine("tfjs-node", trainingEngineBytes);
    const installed = await loading.then(
      () => true,
      () => false,
    );
    if (!installed) expect((await diagnosticOf(loading))?.hint).toContain("npm install @tensorflow/tfjs-node");
  });
});
