/**
 * @file robot_io.c
 * @brief Yours: what the robot's sensors read and how its actuators move. Written once by `reflexarc compile`, never overwritten.
 */
#include "robot.h"

/* Called every tick: fill in all fields and return REFLEX_OK.
 *
{{OBSERVATION}}
 *
 * Until you write it, no sensor answers, so the robot stays neutral; a simulated world needs neither function. */
reflex_status
reflex_read(robot_observation* observation) {
    (void)observation;
    return REFLEX_ERROR_NO_READING;
}

/* Called every tick, with the neutral action whenever the robot must not move.
 *
{{ACTION}}
 */
void
reflex_act(const robot_action* action) {
    (void)action;
}
