// Counts what calls of a function execute: QEMU logs the blocks of the function and of everything it calls, the disassembly
// tells what is in them. Exact in instructions; cycles are estimated instruction by instruction (cortex-m4-timing.ts).

import { createReadStream, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { assert } from "../../core/assert.ts";
import { IoError, type BytePort, type CallCost } from "../../core/io.ts";
import { withTemporaryFolder } from "../temporary-folder.ts";
import { crossCore } from "../../artifacts/gnu-flags.ts";
import { disassemble } from "../toolchains/cross-gcc.ts";
import { branchTarget, flowOf, parseDisassembly, type DisassembledFunction, type Instruction } from "../toolchains/disassembly.ts";
import { instructionCycles } from "./cortex-m4-timing.ts";
import { qemuEmulator, type QemuMachineId } from "./qemu.ts";

/** Boots the image and counts the calls of the function that `drive` makes happen.
 * @param machine with a Cortex-M4. @param elf an image for it. @throws IoError when the board dies. */
export function traceCalls(
  machine: QemuMachineId,
  elf: Uint8Array,
  functionName: string,
  drive: (port: BytePort) => Promise<void>,
): Promise<readonly CallCost[]> {
  return withTemporaryFolder(async (folder) => {
    const image = path.join(folder, "firmware.elf");
    const log = path.join(folder, "trace.log");
    writeFileSync(image, elf);
    const code = reachableFunctions(parseDisassembly(await disassemble(crossCore("cortex-m4f"), image)), functionName);
    const filter = code.map(({ start, end }) => `0x${start.toString(16)}..0x${(end - 1).toString(16)}`).join(",");
    // nochain: without it, blocks that follow one another are logged only once.
    const tracing = ["-d", "exec,nochain,in_asm", "-D", log, "-dfilter", filter];
    const board = await qemuEmulator(machine, { arguments: tracing }).boot(elf);
    try {
      await drive(board.port);
    } finally {
      await board.stop();
    }
    return countCalls(code, await executedAddresses(log));
  });
}

/** The function and all that it calls, directly or not.
 * @throws AssertionError when it calls through a pointer: no policy does. */
export function reachableFunctions(functions: readonly DisassembledFunction[], name: string): readonly DisassembledFunction[] {
  const entry = functions.find((each) => each.name === name);
  assert(entry !== undefined, `the image has no function ${name}`);
  const reached = new Set([entry]);
  for (const each of reached) {
    for (const instruction of each.instructions) {
      const target = branchTarget(instruction);
      assert(target !== undefined || flowOf(instruction) !== "call", `${each.name} calls through a pointer`);
      const callee = target === undefined ? undefined : functions.find(({ start, end }) => target >= start && target < end);
      if (callee !== undefined) reached.add(callee);
    }
  }
  return [...reached];
}

/** The addresses of all instructions that the log says were executed, in order. A block's instructions are listed once, under
 * `IN:`, when QEMU translates it; `Trace` names the block each time that it runs. */
async function executedAddresses(log: string): Promise<readonly number[]> {
  const blocks = new Map<number, number[]>();
  const executed: number[] = [];
  let listing: number[] | null = null;
  let lastBlock: readonly number[] = [];
  for await (const line of createInterface({ input: createReadStream(log) })) {
    if (line.startsWith("IN:")) {
      listing = [];
    } else if (listing !== null && line.startsWith("0x")) {
      listing.push(Number.parseInt(line, 16));
      if (listing.length === 1) blocks.set(listing[0] as number, listing);
    } else if (line.startsWith("Trace")) {
      const start = Number.parseInt(/\[[0-9a-f]+\/([0-9a-f]+)\//.exec(line)?.[1] ?? "", 16);
      const block = blocks.get(start);
      if (block === undefined) throw new IoError("this qemu-system-arm prints no disassembly", "install one that was built with capstone");
      executed.push(...block);
      lastBlock = block;
    } else if (line.startsWith("Stopped")) {
      // Something else was due first: the block just announced has not run, and will be announced again.
      executed.length -= lastBlock.length;
      lastBlock = [];
    }
  }
  return executed;
}

/** @param code the functions of a call, its entry first. @param executed addresses in order. Those outside of calls, such as of a
 * function that is also called from elsewhere, do not count. */
export function countCalls(code: readonly DisassembledFunction[], executed: readonly number[]): readonly CallCost[] {
  const instructions = new Map<number, { instruction: Instruction; next: number | undefined }>();
  for (const each of code) {
    each.instructions.forEach((instruction, index) =>
      instructions.set(instruction.address, { instruction, next: each.instructions[index + 1]?.address }),
    );
  }
  const calls: CallCost[] = [];
  for (let first = executed.indexOf(code[0]?.start ?? -1); first >= 0; first = executed.indexOf(code[0]?.start ?? -1, first)) {
    let cycles = 0;
    let previous: Instruction | null = null;
    let index = first;
    for (let depth = 0; depth >= 0; index++) {
      const found = instructions.get(executed[index] ?? -1);
      assert(found !== undefined, "the trace ends within a call");
      const { instruction, next } = found;
      const taken = next === undefined || executed[index + 1] !== next;
      cycles += instructionCycles(instruction, taken, previous);
      const flow = flowOf(instruction);
      if (taken && flow === "call") depth += 1;
      if (taken && flow === "return") depth -= 1;
      previous = instruction;
    }
    calls.push({ instructions: index - first, cycles });
    first = index;
  }
  return calls;
}
