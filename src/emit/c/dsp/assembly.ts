// Pieces of C text for kernels in assembly: string literals with an instruction a line, macros of them, and the #if that puts
// portable C beside them.

/** An instruction or a label, and what it is for. */
export type Line = string | readonly [instruction: string, comment: string];

/** A function of assembly alone: `naked`, so that no compiler puts instructions of its own around it. */
export function nakedFunction(head: string, lines: readonly Line[]): string {
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

/** Documentation, then assembly where the core has the DSP extension, then C99 for all others. */
export function withPortable(documentation: string, assembly: string, portable: string): string {
  return `${documentation}\n#if defined(__ARM_FEATURE_DSP)\n${unformatted(assembly)}\n#else\n${portable}\n#endif\n`;
}

/** One instruction a line, whatever a formatter thinks. */
export function unformatted(text: string): string {
  return `/* clang-format off */\n${text}\n/* clang-format on */`;
}

function literal(line: Line): string {
  const [instruction, comment] = typeof line === "string" ? [line, ""] : line;
  const text = /^[A-Z_]+\(/.test(instruction) ? instruction : `"${instruction}${instruction.endsWith(":") ? "\\n" : "\\n\\t"}"`;
  return comment === "" ? text : `${text} /* ${comment} */`;
}
