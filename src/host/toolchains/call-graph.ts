// Stack of the worst chain of calls below a function, from gcc's call graphs (-fcallgraph-info=su, one .ci file a unit, in
// the VCG format): nodes with the bytes of one frame, edges caller to callee. No answer is better than a wrong one: recursion,
// a call through a pointer to nobody knows where, a frame that grows at run time, or a function without data leave the bound unknown.

export interface CallGraph {
  /** By title: the function's name, or `file.c:name` for a static one. Undefined where the frame has no bound. */
  readonly frameBytes: ReadonlyMap<string, number | undefined>;
  readonly callees: ReadonlyMap<string, ReadonlySet<string>>;
}

/** @param files the text of each .ci file. */
export function parseCallGraph(files: readonly string[]): CallGraph {
  const frameBytes = new Map<string, number | undefined>();
  const callees = new Map<string, Set<string>>();
  for (const file of files) {
    for (const [, title = "", bytes, kind] of file.matchAll(/^node: \{ title: "([^"]*)" label: "[^"]*\\n(\d+) bytes \(([^)]*)\)/gm)) {
      frameBytes.set(title, kind === "dynamic" ? undefined : Number(bytes));
    }
    for (const [, caller = "", callee = ""] of file.matchAll(/^edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"/gm)) {
      callees.set(caller, (callees.get(caller) ?? new Set()).add(callee));
    }
  }
  return { frameBytes, callees };
}

/** What gcc calls the callee of a call through a pointer. No function has this name. */
export const THROUGH_POINTER = "__indirect_call";

/** Bytes that one call of the function needs, callees included; undefined where no bound is known.
 * @param pointees the functions that calls through pointers may end at; without any, such a call has no bound. Those that themselves
 * call through a pointer pass the call on to one that does not. */
export function worstStackBytes(graph: CallGraph, functionName: string, pointees: readonly string[] = []): number | undefined {
  const direct = pointees.map((name) => chainBytes(graph, name, undefined)).filter((bytes) => bytes !== undefined);
  const all = direct.length === 0 ? [undefined] : pointees.map((name) => chainBytes(graph, name, Math.max(...direct)));
  const deepest = all.includes(undefined) ? undefined : Math.max(...all.map((bytes) => bytes ?? 0));
  return chainBytes(graph, functionName, deepest);
}

/** @param throughPointer bytes of a call through a pointer. */
function chainBytes(graph: CallGraph, functionName: string, throughPointer: number | undefined): number | undefined {
  const statics = [...graph.frameBytes.keys()].filter((title) => title.endsWith(`:${functionName}`));
  const start = graph.frameBytes.has(functionName) || statics.length !== 1 ? functionName : (statics[0] as string);
  const known = new Map<string, number | undefined>([[THROUGH_POINTER, throughPointer]]);
  const below = (title: string): number | undefined => {
    if (known.has(title)) return known.get(title);
    known.set(title, undefined); // what a recursive call finds
    const frame = graph.frameBytes.get(title);
    let deepest: number | undefined = 0;
    for (const callee of graph.callees.get(title) ?? []) {
      const bytes = below(callee);
      deepest = deepest === undefined || bytes === undefined ? undefined : Math.max(deepest, bytes);
    }
    const total = frame === undefined || deepest === undefined ? undefined : frame + deepest;
    known.set(title, total);
    return total;
  };
  return below(start);
}
