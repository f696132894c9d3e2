/**
 * @file reflex_safety.c
 * @brief Who may drive: the modes of PROTOCOL.md
 */
#include "reflex_safety.h"

static bool
happen(reflex_safety* safety, reflex_event event) {
    if (!reflex_transition(event, &safety->mode, &safety->reason)) {
        return false;
    }
    safety->taken_over = false;
    safety->act_ticks = 0;
    if (!reflex_safety_infers(safety)) {
        safety->afresh = true;
    }
    return true;
}

void
reflex_safety_start(reflex_safety* safety, const reflex_safety_rules* rules, bool policy_ready) {
    safety->rules = *rules;
    safety->source = REFLEX_SOURCE_SENSORS;
    safety->policy_ready = policy_ready;
    safety->heard = false;
    safety->heard_us = 0;
    safety->missed = 0;
    (void)happen(safety, REFLEX_EVENT_REQUEST_SAFE);
    safety->reason = REFLEX_REASON_BOOT;
}

void
reflex_safety_request(reflex_safety* safety, reflex_mode mode, reflex_source source) {
    static const REFLEX_FLASH uint8_t events[REFLEX_MODE_COUNT] = {
        REFLEX_EVENT_REQUEST_SAFE,   REFLEX_EVENT_REQUEST_TELEOP, REFLEX_EVENT_REQUEST_AUTO,
        REFLEX_EVENT_REQUEST_ASSIST, REFLEX_EVENT_REQUEST_SHADOW,
    };
    const bool needs_policy = mode == REFLEX_MODE_AUTO || mode == REFLEX_MODE_ASSIST;
    const bool refused = needs_policy && !safety->policy_ready;

    if (source != safety->source) {
        safety->source = source;
        safety->missed = 0;
        safety->afresh = true;
    }
    (void)happen(safety, refused ? REFLEX_EVENT_REQUEST_WITHOUT_POLICY : (reflex_event)events[mode]);
}

bool
reflex_safety_event(reflex_safety* safety, reflex_event event) {
    return happen(safety, event);
}

void
reflex_safety_hear(reflex_safety* safety, uint32_t now_us) {
    safety->heard = true;
    safety->heard_us = now_us;
}

bool
reflex_safety_watch(reflex_safety* safety, uint32_t now_us) {
    if (now_us - safety->heard_us > safety->rules.link_timeout_us) {
        safety->heard = false;
    }
    if (safety->heard || safety->source == REFLEX_SOURCE_HOST) {
        return false;
    }
    return happen(safety, safety->rules.autonomous ? REFLEX_EVENT_LINK_LOST_AUTONOMOUS : REFLEX_EVENT_LINK_LOST);
}

bool
reflex_safety_act(reflex_safety* safety) {
    if (safety->mode == REFLEX_MODE_SAFE || safety->mode == REFLEX_MODE_AUTO) {
        return false;
    }
    safety->act_ticks = REFLEX_TELEOP_TICKS;
    safety->taken_over = safety->mode == REFLEX_MODE_ASSIST;
    return true;
}

void
reflex_safety_hand_back(reflex_safety* safety) {
    if (safety->mode == REFLEX_MODE_ASSIST) {
        safety->taken_over = false;
        safety->act_ticks = 0;
    }
}

bool
reflex_safety_infers(const reflex_safety* safety) {
    return safety->policy_ready && safety->mode != REFLEX_MODE_SAFE && safety->mode != REFLEX_MODE_TELEOP;
}

void
reflex_safety_begin_afresh(reflex_safety* safety) {
    safety->afresh = true;
}

bool
reflex_safety_begins_afresh(reflex_safety* safety) {
    const bool afresh = safety->afresh;

    safety->afresh = false;
    return afresh;
}

/* Whose turn it is, before anything that is wrong is looked at. */
static reflex_actor
turn(const reflex_safety* safety, bool on_board) {
    switch (safety->mode) {
        case REFLEX_MODE_AUTO:
            return REFLEX_ACTOR_POLICY;
        case REFLEX_MODE_ASSIST:
            return on_board || safety->taken_over ? REFLEX_ACTOR_EXPERT : REFLEX_ACTOR_POLICY;
        case REFLEX_MODE_TELEOP:
        case REFLEX_MODE_SHADOW:
            return REFLEX_ACTOR_EXPERT;
        default:
            return REFLEX_ACTOR_NEUTRAL;
    }
}

reflex_actor
reflex_safety_actor(reflex_safety* safety, bool on_board, uint8_t* faults) {
    const reflex_actor actor = turn(safety, on_board);
    const bool fresh = safety->act_ticks > 0u;

    if (fresh) {
        safety->act_ticks--;
    }
    if (actor == REFLEX_ACTOR_EXPERT && !on_board && !fresh) {
        *faults = (uint8_t)(*faults | REFLEX_FAULT_LINK_LOST);
    }
    return *faults == 0u ? actor : REFLEX_ACTOR_NEUTRAL;
}

bool
reflex_safety_deadline(reflex_safety* safety, bool missed) {
    if (!missed) {
        safety->missed = 0;
    } else if (safety->missed < REFLEX_MISSED_DEADLINES) {
        safety->missed++;
    }
    return safety->missed == REFLEX_MISSED_DEADLINES && happen(safety, REFLEX_EVENT_DEADLINE_MISSED);
}
