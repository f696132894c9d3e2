// What a compiler makes of the C around kernels in assembly, whose own instructions are counted exactly.

/** Of a call: putting arguments into registers, the branch, and its part of a loop. Measured with gcc at -O2, rounded up. */
export const CALL_INSTRUCTIONS = 12;

/** Stack of policy_infer itself, which calls the kernels. Measured: 16 to 40. */
export const CALLER_STACK_BYTES = 48;
