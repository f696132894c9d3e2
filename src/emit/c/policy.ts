// Prints an integer program as policy.h and policy.c: portable C99 that an embedded engineer reads, no interpreter, no
// allocation. Returned with the sizes that are known before a compiler has seen it.

import { hash64, type Hash64 } from "../../core/hash.ts";
import type { SourceTree } from "../../core/io.ts";
import type { Core } from "../../artifacts/board.ts";
import type { ArenaBudget } from "../../artifacts/firmware-project.ts";
import { stepMacs, type IntegerProgram } from "../../artifacts/integer-program.ts";
import { commentText } from "./c-text.ts";
import type { ChosenKernels } from "./choose-kernels.ts";
import type { CostBound } from "./cost-model.ts";
import type { ParameterBlock } from "./parameter-block.ts";
import { PARAMETERS_MAGIC } from "./parameter-block.ts";
import { POLICY_INTERFACE_VERSION, policyHeader, type PolicyIdentity } from "./policy-header.ts";
import { PolicyText } from "./policy-text.ts";
import type { Optimization } from "./printed-step.ts";

export interface PolicySource {
  /** policy.h and policy.c. */
  readonly files: SourceTree;
  /** Weights, biases, multipliers, tables and shapes, in bytes. */
  readonly constantBytes: number;
  /** Static memory in bytes on a 32-bit core; the caller's input and output arrays not counted. */
  readonly ramBytes: number;
  /** Of that, the tensor arena; null where a runtime has none. */
  readonly arena: ArenaBudget | null;
  /** Of the parameter block; null where a runtime's parameters can't be exchanged. */
  readonly parameterBytes: number | null;
  /** 16 hexadecimal digits, equal for two programs that run with each other's parameter blocks; null where a runtime has none. */
  readonly layoutHash: Hash64 | null;
  /** Most stack that an inference needs on a 32-bit core; null where it isn't known. */
  readonly stackBytes: number | null;
  /** Upper bounds on code and instructions; null where the core was never measured. */
  readonly cost: CostBound | null;
}

/** What kernels are chosen by. */
export interface EmitTarget {
  readonly core: Core;
  readonly optimize: Optimization;
  /** How the output is read by code that is printed elsewhere: parameters for another reading are refused. */
  readonly reading?: string;
}

export function emitPolicy(program: IntegerProgram, identity: PolicyIdentity, target: EmitTarget): PolicySource {
  const text = new PolicyText(program, target.core, target.optimize);
  const layoutHash = layoutHashOf(program, target, text.chosen);
  const { constantBytes, ramBytes, stateBytes } = text;
  const head = (brief: string): string => fileHead(brief, program, identity, text);
  const parameters = { layoutHash, bytes: text.parameters.bytes };
  return {
    files: new Map([
      ["policy.h", policyHeader(program, identity, head("The policy's interface."), { parameters, ramBytes, stateBytes, arena: false })],
      ["policy.c", sourceText(text, identity, layoutHash, head("The policy's weights and its inference."))],
    ]),
    constantBytes,
    ramBytes,
    arena: null,
    parameterBytes: parameters.bytes,
    layoutHash,
    stackBytes: text.stackBytes,
    cost: text.cost,
  };
}

/** The bytes of a program's parameter block: what policy_use takes, where the running policy was printed for the same target from
 * a program of the same architecture. */
export function parameterBlockBytes(program: IntegerProgram, target: EmitTarget): Uint8Array {
  const { parameters, chosen } = new PolicyText(program, target.core, target.optimize);
  return parameters.image(layoutHashOf(program, target, chosen));
}

/** A hash of the code without names and values: whatever has the same runs the same way with another's parameters. */
export function layoutHashOf(program: IntegerProgram, target: EmitTarget, chosen?: ChosenKernels): Hash64 {
  const nameless = {
    ...program,
    buffers: program.buffers.map((buffer, id) => ({ ...buffer, name: `buffer${id}` })),
    steps: program.steps.map((step, index) => ({ ...step, name: `step${index}` })),
  };
  const text = new PolicyText(nameless, target.core, target.optimize, chosen);
  return hash64([PARAMETERS_MAGIC, target.reading ?? "", text.kernels(), text.parameters.declaration(), text.functions()].join("\n"));
}

function sourceText(text: PolicyText, identity: PolicyIdentity, layoutHash: Hash64, head: string): string {
  const parts = [
    `/**\n * @file policy.c\n${head} */`,
    `#include "policy.h"\n\n#include <stddef.h>`,
    `#if POLICY_INTERFACE_VERSION != ${POLICY_INTERFACE_VERSION} || POLICY_HASH != UINT64_C(0x${identity.policyHash})
#error "policy.c and policy.h belong to different policies"
#endif
#if POLICY_LAYOUT_HASH != UINT64_C(0x${layoutHash})
#error "policy.c and policy.h were printed for different cores"
#endif`,
    PLATFORM,
    text.kernels(),
    parameterText(text.parameters),
    text.functions(),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

const PLATFORM = `#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "float32 and int32 elements are little-endian"
#endif

/* Cores that multiply 32 by 32 bits to 64 slowly, or not at all. */
#if defined(__ARM_ARCH_6M__) || defined(__AVR__) || defined(__XTENSA_CALL0_ABI__)
#define POLICY_NARROW_MULTIPLY
#endif`;

function parameterText(block: ParameterBlock): string {
  return `#define POLICY_PARAMETERS_MAGIC UINT32_C(0x0${PARAMETERS_MAGIC.toString(16)})

/* clang-format off */
/* What training determines. Gaps are members, so that every compiler lays it out alike. */
struct policy_parameters {
${block.declaration()}
};

typedef char policy_parameters_are_laid_out_as_planned[sizeof(policy_parameters) == POLICY_PARAMETERS_BYTES ? 1 : -1];

static const POLICY_FLASH policy_parameters built_in = {
${block.initialiser()}
};
/* clang-format on */

static const POLICY_FLASH policy_parameters* parameters_in_use = &built_in;

const POLICY_FLASH policy_parameters*
policy_built_in(void) {
    return &built_in;
}

policy_status
policy_use(const POLICY_FLASH policy_parameters* parameters) {
    if (parameters == NULL) {
        parameters_in_use = &built_in;
        return POLICY_OK;
    }
    if (((uintptr_t)parameters & 3u) != 0 || parameters->magic != built_in.magic ||
        parameters->layout_hash[0] != built_in.layout_hash[0] ||
        parameters->layout_hash[1] != built_in.layout_hash[1]) {
        return POLICY_ERROR_PARAMETERS;
    }
    parameters_in_use = parameters;
    return POLICY_OK;
}`;
}

function fileHead(brief: string, program: IntegerProgram, identity: PolicyIdentity, text: PolicyText): string {
  const macs = program.steps.reduce((sum, step) => sum + stepMacs(step), 0);
  const lines = [
    `@brief ${brief} Generated by reflexarc ${identity.toolVersion}; do not edit.`,
    "",
    `Policy:     ${identity.name}, hash ${identity.policyHash}`,
    ...identity.origin,
    `Layers:     ${text.descriptions.join(", ") || "none"}`,
    `Constants:  ${text.constantBytes} bytes of flash, code not counted`,
    `RAM:        ${text.ramBytes} bytes, static: ${text.ramParts}`,
    `Stack:      at most ${text.stackBytes} bytes on a 32-bit core`,
    `Work:       ${macs} multiply-accumulates an inference`,
  ];
  return lines.map((line) => ` *${line === "" ? "" : ` ${commentText(line)}`}\n`).join("");
}
