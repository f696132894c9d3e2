/**
 * @file reflex_safety.h
 * @brief Who may drive: the modes of PROTOCOL.md
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
 * @brief What the robot's maker decided in robot.ts
 */
typedef struct {
    uint32_t link_timeout_us; /**< Without a frame from the host for longer, the link is lost */
    bool autonomous;          /**< In auto it goes on without the host */
} reflex_safety_rules;

/**
 * @brief What decides who may drive
 */
typedef struct {
    reflex_safety_rules rules;
    reflex_mode mode;
    reflex_source source;
    reflex_reason reason; /**< Of the last change */
    bool policy_ready;    /**< The policy started */
    bool heard;           /**< The host was heard within the link timeout */
    uint32_t heard_us;    /**< When it was heard last */
    bool taken_over;      /**< In assist: the host drives until it hands back */
    uint8_t act_ticks;    /**< Ticks for which the host's last action still counts */
    uint8_t missed;       /**< Deadlines missed, running */
    bool afresh;          /**< The policy's next inference is the first of a run: it must remember nothing */
} reflex_safety;

/** @brief Boot: SAFE, sensors, nobody heard */
void reflex_safety_start(reflex_safety* safety, const reflex_safety_rules* rules, bool policy_ready);

/** @brief The host asks for a mode. It gets what the policy allows */
void reflex_safety_request(reflex_safety* safety, reflex_mode mode, reflex_source source);

/**
 * @brief Something happened: STOP or POLICY_FAILED
 * @return Whether the mode or the reason for it changed
 */
bool reflex_safety_event(reflex_safety* safety, reflex_event event);

/** @brief A whole frame came from the host */
void reflex_safety_hear(reflex_safety* safety, uint32_t now_us);

/**
 * @brief Watch the host's silence. To be called at least once in 2^31 microseconds
 * @return Whether this ended a mode that needs the host: the mode is SAFE now
 */
bool reflex_safety_watch(reflex_safety* safety, uint32_t now_us);

/**
 * @brief The host sent an action
 * @return Whether it may count: the mode is TELEOP, ASSIST (the host takes over) or SHADOW
 */
bool reflex_safety_act(reflex_safety* safety);

/** @brief In ASSIST, the policy acts again */
void reflex_safety_hand_back(reflex_safety* safety);

/** @brief Whether the policy runs in this mode, acting or not */
bool reflex_safety_infers(const reflex_safety* safety);

/** @brief The policy forgets, as it does when a mode in which it does not run is entered, or the source changes: it was exchanged */
void reflex_safety_begin_afresh(reflex_safety* safety);

/**
 * @brief An inference begins
 * @return Whether it is the first since boot or since the policy was to begin afresh, and so must remember nothing
 */
bool reflex_safety_begins_afresh(reflex_safety* safety);

/**
 * @brief Who may choose the action of the tick that begins
 * \param[in,out]   safety: The state; a tick of the host's last action is used up
 * \param[in]       on_board: An expert on the board itself drives
 * \param[in,out]   faults: What is wrong with the tick so far; REFLEX_FAULT_LINK_LOST is added where the host drives and its
 *                      action is too old. With any fault: nobody
 */
reflex_actor reflex_safety_actor(reflex_safety* safety, bool on_board, uint8_t* faults);

/**
 * @brief A tick's deadline was met or missed
 * @return Whether this was once too often: the mode is SAFE now
 */
bool reflex_safety_deadline(reflex_safety* safety, bool missed);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_SAFETY_H */
