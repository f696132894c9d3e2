/**
 * @file reflex_safety.c
 * @brief Who may drive: the table of modes in PROTOCOL.md
 */
#include "reflex_safety.h"

static void
enter(reflex_safety* safety, reflex_mode mode, reflex_reason reason) {
    safety->mode = mode;
    safety->reason = reason;
    safety->act_ticks = 0;
    safety->missed = 0;
}

void
reflex_safety_start(reflex_safety* safety, bool policy_ready) {
    safety->source = REFLEX_SOURCE_SENSORS;
    safety->policy_ready = policy_ready;
    safety->heard = false;
    safety->heard_us = 0;
    enter(safety, REFLEX_MODE_SAFE, REFLEX_REASON_BOOT);
}

void
reflex_safety_request(reflex_safety* safety, reflex_mode mode, reflex_source source) {
    safety->source = source;
    if (mode == REFLEX_MODE_AUTO && !safety->policy_ready) {
        enter(safety, REFLEX_MODE_SAFE, REFLEX_REASON_POLICY_FAILED);
    } else {
        enter(safety, mode, REFLEX_REASON_REQUESTED);
    }
}

void
reflex_safety_fall(reflex_safety* safety, reflex_reason reason) {
    enter(safety, REFLEX_MODE_SAFE, reason);
}

void
reflex_safety_hear(reflex_safety* safety, uint32_t now_us) {
    safety->heard = true;
    safety->heard_us = now_us;
}

bool
reflex_safety_watch(reflex_safety* safety, uint32_t now_us) {
    if (now_us - safety->heard_us > REFLEX_SILENCE_LIMIT_US) {
        safety->heard = false;
    }
    if (safety->heard || safety->source == REFLEX_SOURCE_HOST || safety->mode == REFLEX_MODE_SAFE) {
        return false;
    }
    enter(safety, REFLEX_MODE_SAFE, REFLEX_REASON_LINK_LOST);
    return true;
}

void
reflex_safety_act(reflex_safety* safety) {
    safety->act_ticks = REFLEX_TELEOP_TICKS;
}

reflex_actor
reflex_safety_actor(reflex_safety* safety, uint8_t* faults) {
    reflex_actor actor = REFLEX_ACTOR_NEUTRAL;

    switch (safety->mode) {
        case REFLEX_MODE_SAFE:
            break;
        case REFLEX_MODE_AUTO:
            actor = REFLEX_ACTOR_POLICY;
            break;
        case REFLEX_MODE_TELEOP:
            if (safety->act_ticks > 0u) {
                safety->act_ticks--;
                actor = REFLEX_ACTOR_EXPERT;
            } else {
                *faults = (uint8_t)(*faults | REFLEX_FAULT_LINK_LOST);
            }
            break;
    }
    return *faults == 0u ? actor : REFLEX_ACTOR_NEUTRAL;
}

bool
reflex_safety_deadline(reflex_safety* safety, bool missed) {
    safety->missed = missed ? (uint8_t)(safety->missed + 1u) : 0u;
    if (safety->missed < REFLEX_MISSED_DEADLINES || safety->mode == REFLEX_MODE_SAFE) {
        return false;
    }
    enter(safety, REFLEX_MODE_SAFE, REFLEX_REASON_DEADLINE_MISSED);
    return true;
}
