// Many policies in one image, behind a policy that hands its input to one of them: so that a board is built and booted once for
// dozens of cases. Each can also be run with the parameters of another training.

import { at } from "../../src/core/assert.ts";
import type { BuildRequest } from "../../src/core/io.ts";
import { rawSizes, type IntegerProgram } from "../../src/artifacts/integer-program.ts";
import { emitPolicy, parameterBlockBytes, type EmitTarget } from "../../src/emit/c/policy.ts";
import { policyHeader } from "../../src/emit/c/policy-header.ts";

export interface PolicyCase {
  readonly program: IntegerProgram;
  /** The same architecture after another training. */
  readonly retrained: IntegerProgram;
}

/** What the policy does before it infers. */
export const COMMANDS = { infer: 0, reset: 1, swap: 2, swapBack: 3 } as const;
/** What the first byte of its output says. */
export const ANSWERS = { done: 0, otherLayout: 1, refused: 2, failed: 3 } as const;

/** What policy.h declares. */
const POLICY_FUNCTIONS = [
  "policy_init",
  "policy_reset",
  "policy_infer",
  "policy_use",
  "policy_built_in",
  "policy_remember",
  "policy_recall",
];

/** Bytes before an input: the case, the command. Before an output: the answer. */
const PREFIX = { input: 2, output: 1 } as const;

export class ManyPolicies {
  private readonly cases: readonly PolicyCase[];
  private readonly target: EmitTarget;
  private readonly inputBytes: number;
  private readonly outputBytes: number;

  constructor(cases: readonly PolicyCase[], target: EmitTarget) {
    this.cases = cases;
    this.target = target;
    const sizes = cases.map(({ program }) => rawSizes(program));
    this.inputBytes = PREFIX.input + Math.max(...sizes.map(({ inputBytes }) => inputBytes));
    this.outputBytes = PREFIX.output + Math.max(...sizes.map(({ outputBytes }) => outputBytes));
  }

  /** The request of any probe, with all policies in place of its own. */
  request(probe: BuildRequest): BuildRequest {
    const sources = new Map(probe.sources);
    const identity = { name: "many", policyHash: "0".repeat(15) + "1", toolVersion: "0.0.0", origin: [] };
    const buffer = (name: string, elements: number) => ({ name, type: "int8", elements }) as const;
    const outside = {
      buffers: [buffer("input", this.inputBytes), buffer("output", this.outputBytes)],
      inputs: [0],
      outputs: [1],
      states: [],
      steps: [],
    };
    sources.set("generated/policy.h", policyHeader(outside, identity, "", { parameters: null, stateBytes: 0, ramBytes: 0, arena: false }));
    sources.set("generated/policy.c", this.dispatcher());
    this.cases.forEach(({ program, retrained }, index) => {
      for (const [file, text] of emitPolicy(program, identity, this.target).files) sources.set(`generated/case_${index}/${file}`, text);
      sources.set(`generated/case_${index}.c`, this.wrapper(index, program, retrained));
    });
    return { ...probe, sources, units: [...probe.units, ...this.cases.map((_, index) => `generated/case_${index}.c`)] };
  }

  input(index: number, command: keyof typeof COMMANDS, raw: Int8Array): Int8Array {
    const input = new Int8Array(this.inputBytes);
    input.set([index, COMMANDS[command]]);
    input.set(raw, PREFIX.input);
    return input;
  }

  /** One policy with names of its own, in the file of its kernels, where the parameters that the compiler laid out can be seen. */
  private wrapper(index: number, program: IntegerProgram, retrained: IntegerProgram): string {
    const renamed = POLICY_FUNCTIONS.map((name) => `#define ${name} ${name}_${index}\n`).join("");
    return `${renamed}#include "case_${index}/policy.c"
static const POLICY_FLASH union { uint8_t bytes[POLICY_PARAMETERS_BYTES]; uint32_t aligned; } own = {{${parameterBlockBytes(program, this.target).join(",")}}};
static const POLICY_FLASH union { uint8_t bytes[POLICY_PARAMETERS_BYTES]; uint32_t aligned; } other = {{${parameterBlockBytes(retrained, this.target).join(",")}}};
uint8_t run_${index}(uint8_t command, const int8_t* input, int8_t* output);
uint8_t run_${index}(uint8_t command, const int8_t* input, int8_t* output) {
    for (size_t i = 0; i < sizeof(own.bytes); i++) {
        if (((const POLICY_FLASH uint8_t*)&built_in)[i] != own.bytes[i]) { return ${ANSWERS.otherLayout}; }
    }
    if (policy_use((const POLICY_FLASH policy_parameters*)&own.bytes[4]) != POLICY_ERROR_PARAMETERS) { return ${ANSWERS.failed}; }
    if (policy_use((const POLICY_FLASH policy_parameters*)&own.bytes[2]) != POLICY_ERROR_PARAMETERS) { return ${ANSWERS.failed}; }
    if (command == ${COMMANDS.swap} && policy_use((const POLICY_FLASH policy_parameters*)&other) != POLICY_OK) { return ${ANSWERS.refused}; }
    if (command == ${COMMANDS.swapBack} && policy_use(NULL) != POLICY_OK) { return ${ANSWERS.refused}; }
    if (command != ${COMMANDS.infer} && policy_init() != POLICY_OK) { return ${ANSWERS.failed}; }
    return policy_infer(input, output) == POLICY_OK ? ${ANSWERS.done} : ${ANSWERS.failed};
}
`;
  }

  private dispatcher(): string {
    const declarations = this.cases
      .map((_, index) => `uint8_t run_${index}(uint8_t command, const int8_t* input, int8_t* output);\n`)
      .join("");
    const cases = this.cases
      .map(
        (_, index) =>
          `        case ${index}: output[0] = (int8_t)run_${index}((uint8_t)input[1], &input[${PREFIX.input}], &output[${PREFIX.output}]); break;\n`,
      )
      .join("");
    return `#include "policy.h"
#include <stddef.h>
${declarations}
policy_status policy_init(void) { return POLICY_OK; }
void policy_reset(void) {}
policy_status policy_use(const POLICY_FLASH policy_parameters* parameters) { return parameters == NULL ? POLICY_OK : POLICY_ERROR_PARAMETERS; }
policy_status policy_infer(const int8_t input[POLICY_INPUT_SIZE], int8_t output[POLICY_OUTPUT_SIZE]) {
    switch ((uint8_t)input[0]) {
${cases}        default: output[0] = ${ANSWERS.failed}; break;
    }
    return POLICY_OK;
}
`;
  }
}

/** The answer and the raw output, of so many bytes, that the image gave; what lies behind them is another case's. */
export function splitAnswer(raw: Int8Array, outputBytes: number): { readonly answer: number; readonly output: Int8Array } {
  const answer = at(raw, 0);
  const output = raw.slice(PREFIX.output, PREFIX.output + outputBytes);
  return { answer, output: answer === ANSWERS.done ? output : output.fill(0) };
}
