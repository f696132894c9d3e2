/**
 * @file reflex_tick.h
 * @brief One tick of the robot: read, infer, guard, act
 *
 * Knows the robot (robot.h) and its policy (policy.h), and no link: what happened is left in a record. Who may act is asked of
 * reflex_safety.h. Every function takes as long as the robot's own reflex_read() and reflex_act(), and one inference, at most.
 */
#ifndef REFLEX_TICK_H
#define REFLEX_TICK_H

#include "reflex.h"
#include "reflex_safety.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @brief Boot: the neutral action at once, whatever came before. No reading is held, and the host has asked for no action */
void reflex_tick_start(const reflex_port* port);

/**
 * @brief Between two ticks, the actuators go towards neutral: at once, as far as the slew of a tick allows
 *
 * However often this is called, they go no further until the next tick, or the next reflex_tick_rest_period().
 */
void reflex_tick_rest(void);

/** @brief A period in which the actuators are detached: they go on towards neutral, and stay there */
void reflex_tick_rest_period(void);

/** @brief Observations come from elsewhere now: no reading is held, and lock-step begins with the neutral action behind it */
void reflex_tick_change_source(void);

/**
 * @brief Take the host's action, for the ticks in which it drives
 * \param[in]       bytes: ROBOT_ACTION_BYTES, as they are on the wire
 * @return REFLEX_OK, or that it is no action: the one before stays
 */
reflex_status reflex_tick_take_action(const uint8_t* bytes);

/**
 * @brief One tick
 * \param[in,out]   safety: Who may act, and whether the policy begins afresh. Told of a policy that fails and, with source sensors, of
 *                      each deadline
 * \param[in]       observed: With source host, ROBOT_OBSERVATION_BYTES as they are on the wire. NULL: the sensors are read
 * \param[in]       due_us: When the tick was due. Means nothing with source host
 * @return What happened, without the tick's number. Valid, and yours to change, until the next tick
 */
reflex_tick_record* reflex_tick_run(reflex_safety* safety, const uint8_t* observed, uint32_t due_us);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_TICK_H */
