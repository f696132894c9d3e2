/* A policy for the tests of the firmware: its output is its first input. In the form of the generated policy.h. */
#ifndef POLICY_H
#define POLICY_H

#include <stdint.h>

#define POLICY_INPUT_SIZE 2
#define POLICY_OUTPUT_SIZE 1
#define POLICY_HASH UINT64_C(0x0123456789abcdef)

typedef enum { POLICY_OK = 0, POLICY_ERROR = -1 } policy_status;

policy_status policy_init(void);
policy_status policy_infer(const int8_t input[POLICY_INPUT_SIZE], int8_t output[POLICY_OUTPUT_SIZE]);

#endif
