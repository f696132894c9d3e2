/**
 * @file reflex_swap.h
 * @brief New parameters for the policy while it drives
 *
 * Knows policy.h and robot.h. Every function returns within the time of one inference; what takes longer (a CRC over all, the
 * writing to storage) is done in steps by reflex_swap_work().
 *
 * There are three places for parameters: those that the image was built with, and two blocks in RAM. One of them drives; new ones
 * go to a block that does not. They drive only after their CRC was right, the policy has taken them, and a golden vector has given
 * what it should.
 */
#ifndef REFLEX_SWAP_H
#define REFLEX_SWAP_H

#include "reflex_port.h"
#include "reflex_protocol.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @brief Longest `bytes` of a `swap_chunk`, where there are slots */
#ifndef REFLEX_CHUNK_LIMIT
#define REFLEX_CHUNK_LIMIT 480u
#endif

/**
 * @brief Boot: parameters that the port's storage has and that fit this firmware, or else those that it was built with. Runs one
 *        inference, to know how long it takes
 * \param[in]       port: The board
 * @return Whether the policy is ready to infer
 */
bool reflex_swap_start(const reflex_port* port);

/** @brief Hash of the policy that drives */
uint64_t reflex_swap_policy_hash(void);

void reflex_swap_begin(const reflex_swap_begin_message* message);
void reflex_swap_chunk(const reflex_swap_chunk_message* message);

/** @brief A golden vector waits: reflex_swap_work() runs it when a tick leaves the time. Copies input and output */
void reflex_swap_prove(const reflex_swap_prove_message* message);

/**
 * @brief Takes effect at once: to be called between two ticks, like everything here
 * @return Whether the policy remembers nothing any more: other parameters drive, or did not start
 */
bool reflex_swap_commit(const reflex_swap_commit_message* message);
bool reflex_swap_revert(const reflex_swap_revert_message* message);

/**
 * @brief Do one step of what is left to do, if it takes no longer than `spare_us`
 * \param[in]       spare_us: Time until the next tick is due; UINT32_MAX where none is
 */
void reflex_swap_work(uint32_t spare_us);

/**
 * @brief Whether there is an answer that was not fetched yet: for all but `swap_prove` as soon as it was asked. Requests that
 *        came before the answer was fetched share one: it tells how far things are, and the first thing that was wrong
 */
bool reflex_swap_answers(void);

/** @brief What to answer, which is done with then */
void reflex_swap_answer(reflex_swap_message* answer);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_SWAP_H */
