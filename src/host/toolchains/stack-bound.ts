// How much stack a call needs, callees included: from the report that the compiler leaves on each unit and, for what is not in
// it, such as functions of libraries, from the disassembled image.

import type { BuildResult } from "../../core/io.ts";
import { parseCallGraph, worstStackBytes, type CallGraph } from "./call-graph.ts";
import type { CrossCompilerId } from "../../artifacts/gnu-flags.ts";
import { parseDisassembly } from "./disassembly.ts";
import { imageGraph } from "./image-graph.ts";
import { instructionRules } from "./instruction-rules.ts";

/** The flag that makes the compiler write its report, and what the report's file is called. Debian's avr-gcc is too old for call
 * graphs, and tells frames alone. */
const CALL_GRAPH = { flag: "-fcallgraph-info=su", extension: "ci" } as const;
export const STACK_REPORTS = {
  "arm-none-eabi-gcc": CALL_GRAPH,
  "riscv64-unknown-elf-gcc": CALL_GRAPH,
  "xtensa-lx106-elf-gcc": CALL_GRAPH,
  "avr-gcc": { flag: "-fstack-usage", extension: "su" },
} as const satisfies Record<CrossCompilerId, { readonly flag: string; readonly extension: string }>;

/** @param disassembly of the linked image. @returns bounds by a function's name; undefined where none is known. */
export function stackBounds(
  compiler: CrossCompilerId,
  reports: readonly string[],
  disassembly: string,
): Pick<BuildResult, "stackBytes" | "interruptStackBytes"> {
  const read = (): CallGraph => {
    const frames = STACK_REPORTS[compiler].extension === "su" ? reportedFrames(reports) : undefined;
    const image = imageGraph(parseDisassembly(disassembly), instructionRules(compiler), aliasesOf(disassembly), frames);
    return frames === undefined ? completed(parseCallGraph(reports), image) : image;
  };
  let known: CallGraph | null = null; // most builds are never asked
  const graph = (): CallGraph => (known ??= read());
  return {
    stackBytes: (functionName, pointees) => worstStackBytes(graph(), functionName, pointees),
    interruptStackBytes: () => interruptStackBytes(graph(), compiler),
  };
}

/** Handlers as avr-libc and CMSIS name them; they do not interrupt one another. That of faults starts a stack of its own. */
const HANDLER = /^(__vector_\d+|\w+_Handler)$/;
const NO_INTERRUPTS = ["Reset_Handler", "HardFault_Handler"];

/** What a Cortex-M saves before a handler runs: 8 registers, with floating point 18 more, and what aligns them to 8 bytes
 * (ARMv7-M manual, B1.5.7). The return address on an AVR counts as the handler's. The ports of other cores take no interrupts. */
const SAVED_BYTES: Readonly<Record<CrossCompilerId, number>> = {
  "arm-none-eabi-gcc": 108,
  "riscv64-unknown-elf-gcc": 0,
  "xtensa-lx106-elf-gcc": 0,
  "avr-gcc": 0,
};

function interruptStackBytes(graph: CallGraph, compiler: CrossCompilerId): number | undefined {
  const names = [...graph.frameBytes.keys()].map(plainName);
  const handlers = names.filter((name) => HANDLER.test(name) && !NO_INTERRUPTS.includes(name));
  const bytes = handlers.map((name) => worstStackBytes(graph, name));
  if (bytes.includes(undefined)) return undefined;
  return handlers.length === 0 ? 0 : SAVED_BYTES[compiler] + Math.max(...bytes.map((each) => each ?? 0));
}

/** Names and addresses from the symbol table, of sections that hold something: a library's function may have several. A handler's
 * other name is that of what answers interrupts that never come. */
function aliasesOf(disassembly: string): ReadonlyMap<string, number> {
  const symbols = [...disassembly.matchAll(/^([0-9a-f]+) .{7} \.\S+\t[0-9a-f]+ (?:\.hidden )?(\S+)$/gm)];
  return new Map(symbols.flatMap(([, start = "", name = ""]) => (HANDLER.test(name) ? [] : [[name, Number.parseInt(start, 16)]])));
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

/** Of gcc's stack usage (.su): `file.c:line:column:name <tab> bytes <tab> static`. Of two static functions of one name, the larger
 * stands for both. */
function reportedFrames(reports: readonly string[]): ReadonlyMap<string, number | undefined> {
  const frames = new Map<string, number | undefined>();
  for (const [, name = "", bytes, kind] of reports.join("\n").matchAll(/:([^:\t\n]+)\t(\d+)\t(\S+)$/gm)) {
    frames.set(name, kind === "static" ? Math.max(Number(bytes), frames.get(name) ?? 0) : undefined);
  }
  return frames;
}
