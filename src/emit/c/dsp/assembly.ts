// Pieces of C text for kernels in assembly: string literals with an instruction a line, macros of them, and the #if that puts
// portable C beside them.

import type { Kernel } from "../printed-step.ts";

/** An instruction or a label, and what it is for. */
export type Line = string | readonly [instruction: string, comment: string];

/** Instructions that have four bytes without saying so. */
const WIDE = /^(sxtb16|sxtab16|smlad|smlabt|smlatb|smmla|smmul|ssat|pkhbt|pkhtb|bfi|ldrd|strd|mla|mls)\b/;

/** Bytes of code that an assembler makes of the lines. @param macroBytes of each use of a macro. */
function codeBytes(lines: readonly Line[], macroBytes = 0): number {
  const bytes = lines.map((line) => {
    const instruction = typeof line === "string" ? line : line[0];
    if (instruction.endsWith(":")) return 0;
    if (isMacroUse(instruction)) return macroBytes;
    return instruction.includes(".w") || WIDE.test(instruction) ? 4 : 2;
  });
  return bytes.reduce((sum, each) => sum + each, 0);
}

function isMacroUse(instruction: string): boolean {
  return /^[A-Z_]+\(/.test(instruction);
}

/** A function of assembly alone: `naked`, so that no compiler puts instructions of its own around it. */
function nakedFunction(head: string, lines: readonly Line[]): string {
  const text = lines.map(literal).join(`\n${" ".repeat("    __asm__ volatile(".length)}`);
  return `static __attribute__((naked, noinline)) void\n${head} {\n    __asm__ volatile(${text});\n}`;
}

/** A macro of instructions. Lines that are `argument` stand for the macro's argument. */
export function assemblyMacro(name: string, argument: string, lines: readonly string[]): string {
  const texts = [
    `#define ${name}(${argument})`,
    ...lines.map((each) => `    ${each === argument ? `${argument} "\\n\\t"` : literal(each)}`),
  ];
  const width = Math.max(...texts.map((text) => text.length));
  return texts.map((text, index) => (index < texts.length - 1 ? `${text.padEnd(width)} \\` : text)).join("\n");
}

/** A use of such a macro, as a line of a function. */
export function macroUse(name: string, argument: string): Line {
  return [`${name}("${argument}")`, ""];
}

interface AssemblyParts {
  readonly name: string;
  readonly needs: readonly Kernel[];
  /** A comment. */
  readonly documentation: string;
  /** Name and parameters of the function. */
  readonly head: string;
  readonly lines: readonly Line[];
  /** Bytes of code of each macro in the lines. */
  readonly macroBytes?: number;
  /** Name and parameters where they differ in C99. */
  readonly portableHead?: string;
  /** What the function does, in C99: the lines between its braces. */
  readonly portable: string;
}

/** A kernel in assembly where the core has the DSP extension, and beside it the same in C99 for all others. */
export function assemblyKernel(parts: AssemblyParts): Kernel {
  const { name, needs, documentation, head, lines, portableHead = head } = parts;
  const text = `${documentation}
#if defined(__ARM_FEATURE_DSP)
/* Arguments are used by their registers. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
${unformatted(nakedFunction(head, lines))}
#pragma GCC diagnostic pop
#else
static void
${portableHead} {
${parts.portable.replace(/^\n|\n$/g, "")}
}
#endif
`;
  return { name, needs, text, codeBytes: codeBytes(lines, parts.macroBytes) };
}

/** One instruction a line, whatever a formatter thinks. */
export function unformatted(text: string): string {
  return `/* clang-format off */\n${text}\n/* clang-format on */`;
}

function literal(line: Line): string {
  const [instruction, comment] = typeof line === "string" ? [line, ""] : line;
  const text = isMacroUse(instruction) ? instruction : `"${instruction}${instruction.endsWith(":") ? "\\n" : "\\n\\t"}"`;
  return comment === "" ? text : `${text} /* ${comment} */`;
}
