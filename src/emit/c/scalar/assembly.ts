// Functions in assembly as C has them: the lines of a listing in, string literals for an asm statement out.

import type { Kernel } from "../printed-step.ts";

/** Marks for a function whose body is assembly: its parameters, unused as they look, must stay in the registers of the calling
 * convention, and no other code may come before or behind. */
export const ASSEMBLY: Kernel = {
  name: "POLICY_ASSEMBLY",
  needs: [],
  text: `/* For functions in assembly, which rely on the calling convention, and for their parameters, which only they see. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 8
#define POLICY_ASSEMBLY __attribute__((naked, noipa))
#elif defined(__GNUC__) && !defined(__clang__)
#define POLICY_ASSEMBLY __attribute__((naked, noinline, noclone))
#else
#define POLICY_ASSEMBLY __attribute__((naked, noinline))
#endif
#define IN_REGISTER __attribute__((unused))
`,
};

/** Comments, after `@`, stay: they are the assembler's. Lines that only the assembler reads and labels stand out. */
export function assembly(listing: string): string {
  const lines = listing.split("\n").map((line) => line.trim());
  return lines
    .filter((line) => line !== "")
    .map((line) => `        "${line.replaceAll("\\", "\\\\")}\\n${/^(\w+:|\.)/.test(line) ? "" : "\\t"}"`)
    .join("\n");
}
