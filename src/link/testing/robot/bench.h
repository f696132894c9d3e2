/* The test bench around the firmware: everything that a test sets and reads, as 32-bit words in this order (firmware-bench.ts
   knows it too), and the line's two directions. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

typedef struct {
    uint32_t now_us;
    uint32_t policy_us; /* what an inference takes */
    uint32_t read_us;   /* what reading the sensors takes */
    uint32_t act_us;    /* what moving the motor takes */
    uint32_t policy_starts;
    uint32_t policy_works;
    uint32_t sensor_works;
    uint32_t expert_drives; /* somebody on board */
    float expert_motor;     /* what he wants */
    float distance;         /* what the sensor reads */
    float neutral;
    float slew;     /* of the motor, in a tick */
    float motor;    /* what it was last told */
    float farthest; /* by how much that changed at most, from one time to the next */
    uint32_t acts;  /* how often */
    uint32_t inferences;
    uint32_t remembered; /* inferences since the policy began afresh */
    uint32_t alive;      /* how often the watchdog was fed */
    uint32_t room;       /* bytes that the line still takes */
    uint32_t has_storage; /* whether the board has one */
    uint32_t store_steps; /* steps of erasing and bytes of writing until the power goes */
    uint32_t overwritten; /* bytes that were written without having been erased */
    uint32_t to_board_count;
    uint32_t to_board_position;
    uint32_t from_board_count;
} test_bench;

extern test_bench bench;

#endif
