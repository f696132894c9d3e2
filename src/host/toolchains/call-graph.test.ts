import { describe, expect, it } from "vitest";
import { parseCallGraph, worstStackBytes } from "./call-graph.ts";

/** Frames as bytes or kind, edges as "caller>callee": in the form that gcc writes. */
function graphFile(frames: Readonly<Record<string, number | "dynamic">>, ...edges: readonly string[]): string {
  const nodes = Object.entries(frames).map(([title, frame]) => {
    const bytes = frame === "dynamic" ? "16 bytes (dynamic)" : `${frame} bytes (static)`;
    return `node: { title: "${title}" label: "${title}\\nfile.c:1:1\\n${bytes}" }`;
  });
  const calls = edges.map(
    (edge) => `edge: { sourcename: "${edge.split(">")[0]}" targetname: "${edge.split(">")[1]}" label: "file.c:1:1" }`,
  );
  return [`graph: { title: "file.c"`, ...nodes, ...calls, "}"].join("\n");
}

describe("stack of the worst chain of calls", () => {
  it("follows the deepest chain, through several files", () => {
    const graph = parseCallGraph([
      graphFile({ infer: 32, small: 8 }, "infer>small", "infer>layer"),
      graphFile({ layer: 40, "layer.c:row": 16 }, "layer>layer.c:row"),
    ]);
    expect(worstStackBytes(graph, "infer")).toBe(32 + 40 + 16);
    expect(worstStackBytes(graph, "row")).toBe(16);
  });

  it.each([
    ["recursion", graphFile({ infer: 8, helper: 8 }, "infer>helper", "helper>infer")],
    ["a call through a pointer", graphFile({ infer: 8 }, "infer>__indirect_call")],
    ["a frame that grows", graphFile({ infer: "dynamic" })],
    ["a callee without data", graphFile({ infer: 8 }, "infer>memcpy")],
    ["an unknown function", graphFile({ other: 8 })],
  ])("is unknown with %s", (_case, file) => {
    expect(worstStackBytes(parseCallGraph([file]), "infer")).toBeUndefined();
  });

  it("is known with a call through a pointer to functions that are named", () => {
    const graph = parseCallGraph([
      graphFile({ infer: 8, "port.c:read": 16, "port.c:write": 4, deep: 20 }, "infer>__indirect_call", "port.c:write>deep"),
    ]);
    expect(worstStackBytes(graph, "infer", ["read", "write"])).toBe(8 + 4 + 20);
    expect(worstStackBytes(graph, "infer", ["read", "missing"])).toBeUndefined();
  });

  it("is known where such a function passes the call on", () => {
    const graph = parseCallGraph([graphFile({ infer: 8, read: 16, watched: 4 }, "infer>__indirect_call", "watched>__indirect_call")]);
    expect(worstStackBytes(graph, "infer", ["read", "watched"])).toBe(8 + 4 + 16);
    expect(worstStackBytes(graph, "infer", ["watched"])).toBeUndefined();
  });

  it("does not call it recursion when two callers share a callee", () => {
    const graph = parseCallGraph([
      graphFile({ infer: 8, left: 4, right: 12, shared: 100 }, "infer>left", "infer>right", "left>shared", "right>shared"),
    ]);
    expect(worstStackBytes(graph, "infer")).toBe(8 + 12 + 100);
  });
});
