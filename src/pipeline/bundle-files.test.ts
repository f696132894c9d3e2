import fc from "fast-check";
import { expect, test } from "vitest";
import { DiagnosticError } from "../core/diagnostic.ts";
import { Random } from "../core/random.ts";
import type { PolicyBundle } from "../artifacts/policy-bundle.ts";
import { quantizedUniformly } from "../quantize/testing.ts";
import { buildNetwork } from "../train/architectures/build.ts";
import { robotOf } from "../train/testing.ts";
import { bundleFromFiles, bundleToFiles, MODEL_FILE, policyHashOf } from "./bundle-files.ts";
import { sampleBundle } from "./testing.ts";

/** A policy with state: its inputs and outputs must keep their order. */
function bundle(): PolicyBundle {
  const robot = robotOf({ architecture: { kind: "gru", units: 5, hidden: [4], activation: "tanh" } });
  const network = buildNetwork(robot, new Random(1));
  const graph = quantizedUniformly(network);
  return {
    ...sampleBundle(1),
    network,
    graph,
    form: { head: { kind: "plain" }, members: 1, memory: { kind: "state", elements: [5] } },
    vectors: { inputs: Int8Array.of(1, -128, 127, 3), outputs: Int8Array.of(-1, 5) },
    policyHash: policyHashOf(graph, sampleBundle(1).provenance.robot),
  };
}

function filesOf(written: PolicyBundle): Map<string, Uint8Array> {
  const encoder = new TextEncoder();
  return new Map(
    [...bundleToFiles(written)].map(([path, content]) => [path, typeof content === "string" ? encoder.encode(content) : content]),
  );
}

/** What bundleFromFiles says of files that are no bundle. */
function complaint(files: ReadonlyMap<string, Uint8Array>): string {
  try {
    bundleFromFiles(files, "policies/001");
  } catch (error) {
    if (error instanceof DiagnosticError) return error.message;
    throw error;
  }
  return "none";
}

test("a bundle comes back as it was, and again as the same bytes", () => {
  const written = bundle();
  const read = bundleFromFiles(filesOf(written), "policies/001");
  expect(read).toEqual({ ...written, graph: read.graph });
  expect(read.graph.inputs.map((id) => read.graph.tensors[id]?.name)).toEqual(["observation", "state"]);
  expect(read.graph.outputs.map((id) => read.graph.tensors[id]?.shape)).toEqual([
    [1, 1],
    [1, 5],
  ]);
  expect(filesOf(read)).toEqual(filesOf(written));
});

test("an imported int8 model has no float network", () => {
  const read = bundleFromFiles(filesOf({ ...bundle(), network: null }), "policies/001");
  expect(read.network).toBeNull();
  expect([...bundleToFiles(read).keys()]).not.toContain("weights.bin");
});

test("another format is refused, and training again is the remedy", () => {
  const older = new TextEncoder().encode(JSON.stringify({ format: 1, network: { layers: [] } }));
  const files = filesOf(bundle()).set("bundle.json", older);
  expect(complaint(files)).toBe("policies/001/bundle.json has format 1, and this reflexarc reads 2");
});

test("each file is missed by name, and noticed when it is another bundle's", () => {
  const other = filesOf(sampleBundle(2));
  for (const path of filesOf(bundle()).keys()) {
    const without = filesOf(bundle());
    without.delete(path);
    expect(complaint(without)).toBe(`policies/001/${path} is missing`);
    if (path !== "bundle.json") {
      const mixed = filesOf(bundle()).set(path, other.get(path) ?? new Uint8Array());
      expect(complaint(mixed)).toBe(`policies/001/${path} is not the one that was written with bundle.json`);
    }
  }
});

test("whatever was cut off or garbled is a diagnostic, never a crash, and never goes unnoticed", () => {
  const files = filesOf(bundle());
  const paths = [...files.keys()];
  expect(paths).toContain(MODEL_FILE);
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), (path, place, change, cut) => {
      const bytes = files.get(path)?.slice() ?? new Uint8Array();
      const index = place % (bytes.length - 1);
      bytes[index] = (bytes[index] ?? 0) ^ change;
      const damaged = new Map(files).set(path, cut ? bytes.subarray(0, index) : bytes);
      expect(complaint(damaged)).toContain(`policies/001/${path}`);
    }),
    { numRuns: 400 },
  );
});
