/* A window into the agent and its robot, for invariants that no line tells. */
#ifndef INSIDE_H
#define INSIDE_H

#include "reflex_safety.h"
#include "robot.h"

/* Who may drive, as the agent has it. */
const reflex_safety* inside_safety(void);

/* A swap that the host announced: parameters with this CRC-32 may drive from now on. Forgotten with a new robot. */
void inside_announce(uint32_t crc32);

/* A new robot, at rest. */
void inside_new(void);

/* A boot: the first action is the neutral one, whatever it was before. */
void inside_boot(void);

#endif
