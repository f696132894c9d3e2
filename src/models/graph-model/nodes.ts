// The nodes of a TensorFlow graph as TensorFlow.js stores it, a protocol buffer in JSON: who reads whom, and typed attributes.
// Format: tensorflow/core/framework/{graph,node_def,attr_value}.proto; texts are base64.

import type { Json } from "../json.ts";
import { EXPORT_AGAIN, modelProblem, quoted } from "../problem.ts";

/** An output of a node. */
export interface NodeOutput {
  readonly node: string;
  readonly output: number;
}

export class GraphNode {
  readonly name: string;
  readonly operation: string;
  /** Without control inputs, which order and give nothing. */
  readonly inputs: readonly NodeOutput[];
  private readonly attributes: Json;

  constructor(json: Json) {
    this.name = json.get("name").text();
    this.operation = json.get("op").text();
    const inputs = json.get("input");
    this.inputs = inputs.isAbsent
      ? []
      : inputs
          .list()
          .map((each) => each.text())
          .filter((each) => !each.startsWith("^"))
          .map(nodeOutput);
    const attributes = json.get("attr");
    this.attributes = attributes.isAbsent ? attributes.with({}) : attributes;
  }

  flag(key: string): boolean {
    const attribute = this.attributes.get(key);
    return attribute.isAbsent ? false : attribute.get("b").flag(false);
  }

  whole(key: string, fallback: number): number {
    const attribute = this.attributes.get(key);
    return attribute.isAbsent ? fallback : attribute.get("i").whole(0);
  }

  number(key: string, fallback: number): number {
    const attribute = this.attributes.get(key);
    return attribute.isAbsent ? fallback : attribute.get("f").number(0);
  }

  text(key: string, fallback: string): string {
    const attribute = this.attributes.get(key);
    return attribute.isAbsent ? fallback : decoded(attribute.get("s").text(""));
  }

  wholes(key: string): readonly number[] {
    return this.list(key, "i").map((each) => each.whole());
  }

  texts(key: string): readonly string[] {
    return this.list(key, "s").map((each) => decoded(each.text()));
  }

  /** A placeholder's sizes; null where open. */
  shape(): readonly (number | null)[] | null {
    const attribute = this.attributes.get("shape");
    const shape = attribute.isAbsent ? attribute : attribute.get("shape");
    return shape.isAbsent || shape.get("dim").isAbsent ? null : shapeOf(shape);
  }

  private list(key: string, kind: "i" | "s"): readonly Json[] {
    const attribute = this.attributes.get(key);
    if (attribute.isAbsent || attribute.get("list").isAbsent) return [];
    const list = attribute.get("list").get(kind);
    return list.isAbsent ? [] : list.list();
  }
}

/** Sizes of a TensorShapeProto. */
export function shapeOf(shape: Json): readonly (number | null)[] {
  const dimensions = shape.get("dim");
  return dimensions.isAbsent ? [] : shape.with(dimensions.list().map((each) => each.get("size").value ?? null)).sizes();
}

/** `name` or `name:1`. */
export function nodeOutput(reference: string): NodeOutput {
  const [, node = reference, output = "0"] = /^(.*):(\d{1,4})$/.exec(reference) ?? [];
  return { node, output: Number(output) };
}

export function readNodes(topology: Json): ReadonlyMap<string, GraphNode> {
  const nodes = new Map<string, GraphNode>();
  for (const json of topology.get("node").list()) {
    const node = new GraphNode(json);
    if (nodes.has(node.name))
      throw modelProblem("model-malformed", `the node ${quoted(node.name)} stands twice in the graph`, EXPORT_AGAIN);
    nodes.set(node.name, node);
  }
  return nodes;
}

function decoded(base64: string): string {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 === 1) return base64;
  return new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}
