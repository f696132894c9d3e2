// How much stack a call needs, callees included: from the report that the compiler leaves on each unit and, for what is not in
// it, such as functions of libraries, from the disassembled image.

import { parseCallGraph, worstStackBytes, type CallGraph } from "./call-graph.ts";
import type { CrossCompilerId } from "./cross-cores.ts";
import { parseDisassembly, type DisassembledFunction } from "./disassembly.ts";
import { instructionRules, type InstructionRules } from "./instruction-rules.ts";

/** The flag that makes the compiler write its report, and what the report's file is called. Debian's avr-gcc is too old for call
 * graphs, and tells frames alone. */
const CALL_GRAPH = { flag: "-fcallgraph-info=su", extension: "ci" } as const;
export const STACK_REPORTS = {
  "arm-none-eabi-gcc": CALL_GRAPH,
  "riscv64-unknown-elf-gcc": CALL_GRAPH,
  "xtensa-lx106-elf-gcc": CALL_GRAPH,
  "avr-gcc": { flag: "-fstack-usage", extension: "su" },
} as const satisfies Record<CrossCompilerId, { readonly flag: string; readonly extension: string }>;

/** @param disassembly of the linked image. @returns by a function's name; undefined where no bound is known. */
export function stackBound(
  compiler: CrossCompilerId,
  reports: readonly string[],
  disassembly: string,
): (functionName: string) => number | undefined {
  const read = (): CallGraph => {
    const image = imageGraph(parseDisassembly(disassembly), instructionRules(compiler));
    return STACK_REPORTS[compiler].extension === "ci" ? completed(parseCallGraph(reports), image) : withFrames(image, reports);
  };
  let graph: CallGraph | null = null; // most builds are never asked
  return (functionName) => worstStackBytes((graph ??= read()), functionName);
}

/** `file.c:name` without the file. */
function plainName(title: string): string {
  return title.slice(title.lastIndexOf(":") + 1);
}

/** What gcc reported, and of the image what it did not. */
function completed(reported: CallGraph, image: CallGraph): CallGraph {
  const known = new Set([...reported.frameBytes.keys()].map(plainName));
  const others = <Value>(map: ReadonlyMap<string, Value>): [string, Value][] => [...map].filter(([name]) => !known.has(name));
  // A function of assembly alone (naked) has no frame that gcc knows of.
  const frames = [...reported.frameBytes].map(
    ([title, bytes]) => [title, bytes === 0 ? image.frameBytes.get(plainName(title)) : bytes] as const,
  );
  return {
    frameBytes: new Map([...others(image.frameBytes), ...frames]),
    callees: new Map([...others(image.callees), ...reported.callees]),
  };
}

/** The image's calls with the frames of gcc's stack usage (.su): `file.c:line:column:name <tab> bytes <tab> static`. Of two static functions of one name, the larger
 * stands for both. */
function withFrames(image: CallGraph, reports: readonly string[]): CallGraph {
  const frames = new Map<string, number | undefined>();
  for (const [, name = "", bytes, kind] of reports.join("\n").matchAll(/:([^:\t\n]+)\t(\d+)\t(\S+)$/gm)) {
    frames.set(name, kind === "static" ? Math.max(Number(bytes), frames.get(name) ?? 0) : undefined);
  }
  return { frameBytes: new Map([...image.frameBytes, ...frames]), callees: image.callees };
}

/** Frames are the sum of all that a function ever takes; a jump elsewhere counts as a call. */
export function imageGraph(functions: readonly DisassembledFunction[], rules: InstructionRules): CallGraph {
  return {
    frameBytes: new Map(functions.map((each) => [each.name, frameBytes(each, rules)])),
    callees: new Map(functions.map((each) => [each.name, new Set(calleesOf(each, functions, rules))])),
  };
}

function frameBytes(one: DisassembledFunction, rules: InstructionRules): number | undefined {
  let sum = rules.returnAddressBytes;
  for (const instruction of one.instructions) {
    const bytes = rules.stackBytes(instruction);
    if (bytes === "unknown") return undefined;
    sum += bytes;
  }
  return sum;
}

/** What fills the room up to the next function. */
const PADDING = /^(nop|ill|unimp|udf|movs r0, r0)\b/;

/** No function has this name, so that its stack is unknown. */
const UNKNOWN = "__indirect_call";

function* calleesOf(caller: DisassembledFunction, functions: readonly DisassembledFunction[], rules: InstructionRules): Generator<string> {
  const nameAt = (address: number): string => functions.find(({ start, end }) => address >= start && address < end)?.name ?? UNKNOWN;
  let goesOn = true;
  for (const instruction of caller.instructions) {
    if (PADDING.test(`${instruction.mnemonic} ${instruction.operands}`)) continue;
    const destination = rules.destination(instruction);
    goesOn = destination.kind === "next" || (destination.kind === "address" && destination.goesOn);
    if (destination.kind === "unknown") yield UNKNOWN;
    if (destination.kind !== "address") continue;
    const { address } = destination;
    if (address < caller.start || address >= caller.end || isRecursion(address, caller, instruction.mnemonic)) yield nameAt(address);
  }
  // Parts of a library's function, in assembly, may have names of their own, and run one into the next.
  if (goesOn && caller.instructions.length > 0) yield nameAt(caller.end);
}

function isRecursion(address: number, caller: DisassembledFunction, mnemonic: string): boolean {
  return address === caller.start && /call|^bl|^jal$/.test(mnemonic);
}
