/* A robot for the tests of the firmware: a distance of 0 to 2 m and a bumper, one motor of -1 to 1 with as much slew as the test
   says. In the form of the generated robot.h; what is in #ifndef, a build may decide otherwise. */
#ifndef ROBOT_H
#define ROBOT_H

#include "policy.h"
#include "reflex.h"

#define ROBOT_NAME "test-robot"
#define ROBOT_SCHEMA_HASH UINT64_C(0xfedcba9876543210)
#define ROBOT_SCHEMA_REVISION 7
#define ROBOT_FIRMWARE_HASH UINT64_C(0x00000000000000ff)
#define ROBOT_PERIOD_US 100000
#define ROBOT_OBSERVATION_BYTES 5
#define ROBOT_ACTION_BYTES 4
#define ROBOT_LINK_TIMEOUT_US 500000u
#define ROBOT_BATCH_BYTES 240u
#ifndef ROBOT_AUTONOMOUS
#define ROBOT_AUTONOMOUS 0
#endif
#ifndef ROBOT_STALE_TICKS
#define ROBOT_STALE_TICKS 2u
#endif
#ifndef ROBOT_RING_TICKS
#define ROBOT_RING_TICKS 64u
#endif
#ifndef ROBOT_PARAMETER_SLOTS
#define ROBOT_PARAMETER_SLOTS 2u
#endif

typedef struct {
    float distance;
    uint8_t bumper;
} robot_observation;

typedef struct {
    float motor;
} robot_action;

reflex_status robot_check(const robot_observation* observation);
void robot_encode(const robot_observation* observation, int8_t input[POLICY_INPUT_SIZE]);
void robot_decode(const int8_t output[POLICY_OUTPUT_SIZE], robot_action* action);
void robot_neutral(robot_action* action);
void robot_limit(robot_action* action, const robot_action* previous);
reflex_status robot_observation_from_wire(const uint8_t bytes[ROBOT_OBSERVATION_BYTES], robot_observation* observation);
void robot_observation_to_wire(const robot_observation* observation, uint8_t bytes[ROBOT_OBSERVATION_BYTES]);
reflex_status robot_action_from_wire(const uint8_t bytes[ROBOT_ACTION_BYTES], robot_action* action);
void robot_action_to_wire(const robot_action* action, uint8_t bytes[ROBOT_ACTION_BYTES]);

reflex_status reflex_read(robot_observation* observation);
void reflex_act(const robot_action* action);
reflex_status reflex_expert(robot_action* action);

#endif
