/* The agent itself, and a window into it. */
#include "reflex_agent.c"

#include "inside.h"

const reflex_safety*
inside_safety(void) {
    return &safety;
}
