/* The host's side of a test: messages to the board, and its answers as plain values. */
#ifndef HOST_H
#define HOST_H

#include "board.h"

typedef struct {
    uint32_t tick;
    uint32_t time_us;
    uint32_t infer_us;
    uint32_t busy_us;
    uint8_t mode;
    uint8_t actor;
    uint8_t faults;
    uint8_t circumstances;
    int8_t input[POLICY_INPUT_SIZE];
    int8_t output[POLICY_OUTPUT_SIZE];
    float distance;
    uint8_t bumper;
    float motor;
} host_tick;

typedef struct {
    uint8_t phase;
    uint8_t outcome;
    uint32_t received;
    uint16_t proven;
    uint64_t policy_hash;
    uint8_t stored;
} host_swap;

/* A payload that is being written; each call begins with one. */
typedef struct {
    uint8_t bytes[REFERENCE_LONGEST];
    reflex_writer writer;
} host_payload;

reflex_writer* host_begin(host_payload* payload);
void host_send(uint8_t id, const host_payload* payload);

/* The whole-line requests. */
void host_set_mode(uint8_t mode, uint8_t source);
void host_stop(void);
void host_act(float motor);
void host_observe(uint32_t tick, float distance, uint8_t bumper);
void host_pulse(uint32_t host_us, uint32_t acknowledged, uint16_t window);
void host_refill(uint32_t tick, uint16_t count);

/* A tick with a pulse ahead of it, all acknowledged: its record. False: it told none. */
bool host_pass_tick(host_tick* tick);

/* The next `mode`: its three bytes as one number, mode * 100 + source * 10 + reason; -1: none came. */
int host_mode(void);

/* The next `problem`: its code * 1000 + detail; -1: none came. */
long host_problem(void);

/* The next `swap`. */
bool host_swap_answer(host_swap* answer);

/* The n-th record of a `ticks`. False: it has fewer. */
bool host_record(const reference_frame* frame, size_t n, host_tick* tick);

#endif
