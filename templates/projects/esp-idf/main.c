/**
 * @file main.c
 * @brief Yours: what the robot's sensors read and how its actuators move. Written once by `reflexarc compile`, never overwritten.
 */
#include "reflex_esp_idf.h"
#include "robot.h"

/* Until you write it, no sensor answers, so the robot stays neutral; a simulated world needs neither function. */

reflex_status
reflex_read(robot_observation* observation) {
    (void)observation; /* e.g. observation->range[0] = ultrasonic_metres(0); */
    return REFLEX_ERROR_NO_READING;
}

void
reflex_act(const robot_action* action) {
    (void)action; /* e.g. switch (action->label) { case ROBOT_ACTION_...: motors(0.5f, 0.5f); break; ... } */
}

void
app_main(void) {
    reflex_run();
}
