/**
 * @file reflex_safety.h
 * @brief Who may drive: the table of modes in PROTOCOL.md
 *
 * Knows no robot, no policy and no link: only what happened and when. The agent tells it, asks it who may act, and does so.
 */
#ifndef REFLEX_SAFETY_H
#define REFLEX_SAFETY_H

#include <stdbool.h>
#include <stdint.h>

#include "reflex_protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @brief What decides who may drive
 */
typedef struct {
    reflex_mode mode;
    reflex_source source;
    reflex_reason reason; /**< Of the last change */
    bool policy_ready;    /**< The policy started */
    bool heard;           /**< The host was heard within the silence limit */
    uint32_t heard_us;    /**< When it was heard last */
    uint8_t act_ticks;    /**< Ticks for which the host's last action still counts */
    uint8_t missed;       /**< Deadlines missed, running */
} reflex_safety;

/** @brief Boot: SAFE, sensors, nobody heard */
void reflex_safety_start(reflex_safety* safety, bool policy_ready);

/** @brief The host asks for a mode. It gets what the policy allows */
void reflex_safety_request(reflex_safety* safety, reflex_mode mode, reflex_source source);

/** @brief SAFE, whatever was */
void reflex_safety_fall(reflex_safety* safety, reflex_reason reason);

/** @brief A whole frame came from the host */
void reflex_safety_hear(reflex_safety* safety, uint32_t now_us);

/**
 * @brief Watch the host's silence. To be called at least once in 2^31 microseconds
 * @return Whether this ended a mode that needs the host: the mode is SAFE now
 */
bool reflex_safety_watch(reflex_safety* safety, uint32_t now_us);

/** @brief The host sent an action */
void reflex_safety_act(reflex_safety* safety);

/**
 * @brief Who may choose the action of the tick that begins
 * \param[in,out]   faults: What is wrong with the tick so far; REFLEX_FAULT_LINK_LOST is added where the host's action is
 *                      too old. With any fault: nobody
 */
reflex_actor reflex_safety_actor(reflex_safety* safety, uint8_t* faults);

/**
 * @brief A tick's deadline was met or missed
 * @return Whether this was once too often: the mode is SAFE now
 */
bool reflex_safety_deadline(reflex_safety* safety, bool missed);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_SAFETY_H */
