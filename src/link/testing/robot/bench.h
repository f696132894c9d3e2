/* The test bench around the firmware: everything that a test sets and reads, as 32-bit words in this order (firmware-bench.ts
   knows it too), and the line's two directions. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

typedef struct {
    uint32_t now_us;
    uint32_t policy_us; /* what an inference takes */
    uint32_t policy_starts;
    uint32_t policy_works;
    uint32_t sensor_works;
    float distance; /* what the sensor reads */
    float motor;    /* what the motor was last told */
    uint32_t acts;  /* how often */
    uint32_t inferences;
    uint32_t room; /* bytes that the line still takes */
    uint32_t to_board_count;
    uint32_t to_board_position;
    uint32_t from_board_count;
} test_bench;

extern test_bench bench;

#endif
