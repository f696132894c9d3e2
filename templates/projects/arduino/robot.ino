// Yours: what the robot's sensors read and how its actuators move. Written once by `reflexarc compile`, never overwritten.

#include <{{LIBRARY}}.h>

// Until you write it, no sensor answers, so the robot stays neutral; a simulated world needs neither function.

reflex_status reflex_read(robot_observation* observation) {
    (void)observation; // e.g. observation->range[0] = analogRead(A0) * METRES_PER_STEP;
    return REFLEX_ERROR_NO_READING;
}

void reflex_act(const robot_action* action) {
    (void)action; // e.g. switch (action->label) { case ROBOT_ACTION_...: analogWrite(LEFT, 128); break; ... }
}

void setup() {
    reflex_begin();
    // reflex_watchdog(); // For a robot that leaves the bench. From then on, press the reset button twice before an upload.
}

// `Serial` belongs to the firmware: what a sketch prints there is noise on the link.
void loop() {
    reflex_app_poll();
}
