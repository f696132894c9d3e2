import { afterEach, describe, expect, it, vi } from "vitest";
import { DiagnosticError } from "../../core/diagnostic.ts";
import { loadEngine } from "./load.ts";

const errorListeners = (): number => process.listenerCount("uncaughtException") + process.listenerCount("unhandledRejection");

describe("loadEngine", () => {
  afterEach(() => void vi.restoreAllMocks());

  // First in this file: backends greet, and register listeners, only once a process.
  it("chooses the fastest that is installed, quietly, and leaves no listeners for the process's errors", async () => {
    const listeners = errorListeners();
    const spoken = (["log", "info", "warn", "error"] as const).map((method) => vi.spyOn(console, method));
    expect(["tfjs-node", "tfjs-wasm"]).toContain((await loadEngine()).id);
    await loadEngine("tfjs-cpu");
    spoken.forEach((spy) => {
      expect(spy).not.toHaveBeenCalled();
    });
    expect(errorListeners()).toBe(listeners);
  });

  it("says how to get an engine that is missing", async () => {
    const loading = loadEngine("tfjs-node");
    await loading.then(
      (engine) => {
        expect(engine.id).toBe("tfjs-node");
      },
      (error: unknown) => {
        expect(error).toBeInstanceOf(DiagnosticError);
        expect((error as DiagnosticError).diagnostics[0]?.hint).toContain("npm install @tensorflow/tfjs-node");
      },
    );
  });
});
