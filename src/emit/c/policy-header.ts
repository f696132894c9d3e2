// policy.h, which is the same for every runtime, so that the rest of the firmware can't tell them apart.

import type { Hash64 } from "../../core/hash.ts";
import { rawSizes, type IntegerProgram } from "../../artifacts/integer-program.ts";
import { withComments } from "./c-text.ts";

/** What the head of the generated files says about where the policy came from. */
export interface PolicyIdentity {
  readonly name: string;
  /** 16 hexadecimal digits. */
  readonly policyHash: Hash64;
  readonly toolVersion: string;
  /** More lines for the head: schema hash, seed. */
  readonly origin: readonly string[];
}

/** Changes with the meaning of anything in policy.h. */
export const POLICY_INTERFACE_VERSION = 5;

export interface PolicyMemory {
  /** The parameter block; null where a runtime's parameters can't be exchanged. */
  readonly parameters: { readonly layoutHash: Hash64; readonly bytes: number } | null;
  /** Static memory on a 32-bit core. */
  readonly ramBytes: number;
  /** Of the RAM, what is kept from one inference to the next and can be put back; 0 where there is none, or a runtime can't. */
  readonly stateBytes: number;
  /** Whether the runtime works in a tensor arena, whose size and use are then told while it runs. */
  readonly arena: boolean;
}

/** @param head lines of the file's comment. */
export function policyHeader(
  program: IntegerProgram,
  identity: PolicyIdentity,
  head: string,
  { parameters, ramBytes, stateBytes, arena }: PolicyMemory,
): string {
  const { inputBytes, outputBytes } = rawSizes(program);
  const rows: readonly MacroRow[] = [
    ["POLICY_INTERFACE_VERSION", String(POLICY_INTERFACE_VERSION), ""],
    ["POLICY_HASH", `UINT64_C(0x${identity.policyHash})`, ""],
    [
      "POLICY_LAYOUT_HASH",
      `UINT64_C(0x${parameters?.layoutHash ?? "0"})`,
      parameters === null ? "None: parameters can't be exchanged." : "Of the code that a parameter block must fit.",
    ],
    ["POLICY_PARAMETERS_BYTES", String(parameters?.bytes ?? 0), "Of the parameter block."],
    ["POLICY_INPUT_SIZE", String(inputBytes), "Bytes."],
    ["POLICY_OUTPUT_SIZE", String(outputBytes), "Bytes."],
    ["POLICY_RAM_BYTES", String(ramBytes), "Static memory of the policy, on a 32-bit core."],
    ["POLICY_STATE_BYTES", String(stateBytes), "Kept between inferences."],
  ];
  return `/**
 * @file policy.h
${head} */
#ifndef POLICY_H
#define POLICY_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

${macros(rows)}

/* Constants of an AVR stay in program memory, which is an address space of its own. */
#if defined(__AVR__) && defined(__FLASH) && !defined(__cplusplus)
#define POLICY_FLASH __flash
#else
#define POLICY_FLASH
#endif

typedef enum {
    POLICY_OK = 0,               /**< Done. */
    POLICY_ERROR_MODEL = -1,     /**< The model's data do not fit this runtime. */
    POLICY_ERROR_MEMORY = -2,    /**< The tensor arena is too small. */
    POLICY_ERROR_INVOKE = -3,    /**< The runtime failed while inferring. */
    POLICY_ERROR_PARAMETERS = -4 /**< The parameter block is none of this policy's. */
} policy_status;

/** What training determines: weights, biases, scales, tables. Its first bytes say which code it fits. */
typedef struct policy_parameters policy_parameters;

/** @brief Prepares the policy, which remembers nothing then; call once before the first inference. */
policy_status policy_init(void);

/** @brief Forgets what is kept from one inference to the next, as policy_init does. */
void policy_reset(void);

/**
 * @brief Lets inferences run with another parameter block from now on. Call policy_reset, too: what is kept may depend on it.
 * @param parameters POLICY_PARAMETERS_BYTES bytes at an address that 4 divides, made for POLICY_LAYOUT_HASH; they must stay
 *                   where they are. NULL: those that the policy was built with.
 * @return POLICY_ERROR_PARAMETERS, and nothing changed, when the block was made for other code.
 */
policy_status policy_use(const POLICY_FLASH policy_parameters* parameters);

${parameters === null ? "" : BUILT_IN}/**
 * @brief One inference, in bounded time.
 * @param input  The encoded observation: the model's inputs one after another, little-endian, at any address.
 * @param output The raw action, in the same way; may not overlap input.
 */
policy_status policy_infer(const int8_t input[POLICY_INPUT_SIZE], int8_t output[POLICY_OUTPUT_SIZE]);
${stateBytes > 0 ? REMEMBER : ""}${arena ? ARENA : NO_ARENA}
#ifdef __cplusplus
}
#endif

#endif /* POLICY_H */
`;
}

/** Only where parameters can be exchanged. */
const BUILT_IN = `/** @brief The parameters that the policy was built with. */
const POLICY_FLASH policy_parameters* policy_built_in(void);

`;

/** Only where there is something to remember. */
const REMEMBER = `
/** @brief Copies what is kept from one inference to the next, so that others can run in between. */
void policy_remember(uint8_t memory[POLICY_STATE_BYTES]);

/** @brief Puts back what policy_remember copied. */
void policy_recall(const uint8_t memory[POLICY_STATE_BYTES]);
`;

const ARENA = `
/** @brief Size of the tensor arena, in bytes. */
uint32_t policy_arena_bytes(void);

/** @brief Bytes of the tensor arena that are in use; 0 before policy_init, and after it failed. */
uint32_t policy_arena_used(void);
`;

const NO_ARENA = `
/** @brief Size of the tensor arena: this runtime has none. */
static inline uint32_t
policy_arena_bytes(void) {
    return 0;
}

/** @brief Bytes of the tensor arena that are in use. */
static inline uint32_t
policy_arena_used(void) {
    return 0;
}
`;

type MacroRow = readonly [name: string, value: string, comment: string];

function macros(rows: readonly MacroRow[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(
    ([name, value, comment]) => [`#define ${name.padEnd(width)} ${value}`, comment === "" ? "" : `/**< ${comment} */`] as const,
  );
  return withComments(lines).join("\n");
}
