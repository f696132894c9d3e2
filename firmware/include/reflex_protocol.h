/**
 * @file reflex_protocol.h
 * @brief The messages of the link. Generated from firmware/PROTOCOL.md by `npm run protocol`: do not edit
 */
#ifndef REFLEX_PROTOCOL_H
#define REFLEX_PROTOCOL_H

#include "reflex_bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

#define REFLEX_PROTOCOL_VERSION 2u          /**< Of this table. Raised whenever a receiver of the old one would misunderstand */
#define REFLEX_SILENCE_LIMIT_US 1000000u    /**< Without a frame from the host for longer, the link is lost */
#define REFLEX_TELEOP_TICKS 3u              /**< Ticks for which an `act` counts, the one it came before included */
#define REFLEX_MISSED_DEADLINES 2u          /**< Running: so many end in `safe` */
#define REFLEX_PROBLEM_INTERVAL_US 1000000u /**< `problem` tells of bad frames at most this often */

typedef enum {
    REFLEX_MODE_SAFE = 0,   /**< The action is the neutral one */
    REFLEX_MODE_TELEOP = 1, /**< The host's actions */
    REFLEX_MODE_AUTO = 2,   /**< The policy's actions */
} reflex_mode;

#define REFLEX_MODE_COUNT 3u

typedef enum {
    REFLEX_SOURCE_SENSORS = 0, /**< Observations are read from the board's sensors, each period */
    REFLEX_SOURCE_HOST = 1,    /**< Observations come in `observe`, in lock-step */
} reflex_source;

#define REFLEX_SOURCE_COUNT 2u

typedef enum {
    REFLEX_ACTOR_NEUTRAL = 0, /**< Nobody: the neutral action */
    REFLEX_ACTOR_POLICY = 1,  /**< The policy on the board */
    REFLEX_ACTOR_EXPERT = 2,  /**< The host, or whoever drives through it */
} reflex_actor;

#define REFLEX_ACTOR_COUNT 3u

typedef enum {
    REFLEX_REASON_BOOT = 0,            /**< The board has just started */
    REFLEX_REASON_REQUESTED = 1,       /**< The host asked for it */
    REFLEX_REASON_STOP = 2,            /**< The host sent `stop` */
    REFLEX_REASON_LINK_LOST = 3,       /**< The host fell silent */
    REFLEX_REASON_DEADLINE_MISSED = 4, /**< Ticks took too long */
    REFLEX_REASON_POLICY_FAILED = 5,   /**< The policy refused to start, or returned an error */
} reflex_reason;

#define REFLEX_REASON_COUNT 6u

typedef enum {
    REFLEX_APPLICATION_AGENT = 0, /**< A robot: everything but `infer` and `measure` */
    REFLEX_APPLICATION_PROBE = 1, /**< A policy alone: `hello_request`, `infer` and `measure` */
} reflex_application;

#define REFLEX_APPLICATION_COUNT 2u

typedef enum {
    REFLEX_OUTCOME_OK = 0,            /**< The output is the policy's */
    REFLEX_OUTCOME_POLICY_FAILED = 1, /**< The policy refused to start, or returned an error; there is no output */
} reflex_outcome;

#define REFLEX_OUTCOME_COUNT 2u

typedef enum {
    REFLEX_PROBLEM_CODE_BAD_FRAMES = 0,         /**< Frames were dropped. Detail: how many since boot */
    REFLEX_PROBLEM_CODE_UNKNOWN_MESSAGE = 1,    /**< This application has no such message. Detail: its id */
    REFLEX_PROBLEM_CODE_MALFORMED_MESSAGE = 2,  /**< A payload without the form of its table. Detail: its id */
    REFLEX_PROBLEM_CODE_WRONG_SIZE = 3,         /**< A blob is not as long as this robot's. Detail: the message's id */
    REFLEX_PROBLEM_CODE_UNEXPECTED_MESSAGE = 4, /**< Not in this mode or with this source. Detail: its id */
} reflex_problem_code;

#define REFLEX_PROBLEM_CODE_COUNT 5u

#define REFLEX_FAULT_NOT_A_NUMBER 1u    /**< The observation holds NaN or infinity */
#define REFLEX_FAULT_OUT_OF_RANGE 2u    /**< The observation holds what is physically impossible, or an unknown label */
#define REFLEX_FAULT_STALE 4u           /**< A sensor did not answer */
#define REFLEX_FAULT_DEADLINE_MISSED 8u /**< The tick ended later than a period after it was due */
#define REFLEX_FAULT_POLICY_FAILED 16u  /**< The policy returned an error */
#define REFLEX_FAULT_LINK_LOST 32u      /**< In teleop, and the host's last action is too old */

#define REFLEX_ID_HELLO_REQUEST 0x01u
#define REFLEX_ID_HELLO 0x81u
#define REFLEX_ID_SET_MODE 0x02u
#define REFLEX_ID_MODE 0x82u
#define REFLEX_ID_OBSERVE 0x03u
#define REFLEX_ID_TICK 0x83u
#define REFLEX_ID_ACT 0x04u
#define REFLEX_ID_STOP 0x05u
#define REFLEX_ID_INFER 0x06u
#define REFLEX_ID_INFERRED 0x86u
#define REFLEX_ID_MEASURE 0x07u
#define REFLEX_ID_MEASURED 0x87u
#define REFLEX_ID_PROBLEM 0x8Fu

/**
 * @brief `hello_request` (0x01, from the host)
 *
 * Asks who is there; keeps the link alive.
 */
typedef struct {
    uint8_t protocol_version; /**< The host's */
} reflex_hello_request_message;

#define REFLEX_HELLO_REQUEST_BYTES 1u
bool reflex_decode_hello_request(const uint8_t* payload, size_t count, reflex_hello_request_message* message);

/**
 * @brief `hello` (0x81, from the board)
 */
typedef struct {
    uint8_t protocol_version;       /**< The board's. The first byte in every version */
    reflex_application application; /**< What this image does */
    uint64_t schema_hash;           /**< Of the robot.ts it was made from; 0 in a probe, like all that is a robot's */
    uint16_t schema_revision;       /**< Counts the changes of that schema, so that two sides know which is older */
    uint64_t policy_hash;           /**< Of the int8 model */
    uint64_t firmware_hash;         /**< Of the sources of this image */
    uint32_t period_us;             /**< Microseconds from tick to tick */
    uint16_t observation_bytes;     /**< Length of an observation on the wire */
    uint16_t action_bytes;          /**< Length of an action on the wire */
    uint16_t input_bytes;           /**< Length of the policy's input */
    uint16_t output_bytes;          /**< Length of the policy's output */
    reflex_text name;               /**< The robot's */
} reflex_hello_message;

#define REFLEX_HELLO_BYTES(name) (41u + (name))
void reflex_encode_hello(const reflex_hello_message* message, reflex_writer* payload);

/**
 * @brief `set_mode` (0x02, from the host)
 *
 * Answered by `mode`, even where nothing changes. The next `observe` may have any number.
 */
typedef struct {
    reflex_mode mode;     /**< Who shall act */
    reflex_source source; /**< Where observations shall come from */
} reflex_set_mode_message;

#define REFLEX_SET_MODE_BYTES 2u
bool reflex_decode_set_mode(const uint8_t* payload, size_t count, reflex_set_mode_message* message);

/**
 * @brief `mode` (0x82, from the board)
 */
typedef struct {
    reflex_mode mode;     /**< The mode from now on */
    reflex_source source; /**< Where observations come from */
    reflex_reason reason; /**< Why */
} reflex_mode_message;

#define REFLEX_MODE_BYTES 3u
void reflex_encode_mode(const reflex_mode_message* message, reflex_writer* payload);

/**
 * @brief `observe` (0x03, from the host)
 *
 * One tick in lock-step. Answered by `tick`.
 */
typedef struct {
    uint32_t tick;           /**< The host's number for this tick, another one than before */
    reflex_blob observation; /**< What the robot senses */
} reflex_observe_message;

#define REFLEX_OBSERVE_BYTES(observation) (6u + (observation))
bool reflex_decode_observe(const uint8_t* payload, size_t count, reflex_observe_message* message);

/**
 * @brief `tick` (0x83, from the board)
 *
 * What happened in a tick, whole.
 */
typedef struct {
    uint32_t tick;           /**< From `observe`, or counted by the board since boot */
    uint32_t time_us;        /**< The board's clock when the tick began */
    reflex_mode mode;        /**< The mode at the end of the tick */
    reflex_actor actor;      /**< Who chose the action */
    uint8_t faults;          /**< What was wrong */
    uint32_t infer_us;       /**< What the policy took; 0 where it did not run */
    reflex_blob observation; /**< What was sensed; empty where a sensor did not answer */
    reflex_int8s output;     /**< The policy's raw output; empty where it did not run */
    reflex_blob action;      /**< What was done */
} reflex_tick_message;

#define REFLEX_TICK_BYTES(observation, output, action) (21u + (observation) + (output) + (action))
void reflex_encode_tick(const reflex_tick_message* message, reflex_writer* payload);

/**
 * @brief `act` (0x04, from the host)
 *
 * The expert's action, for the next ticks in teleop. Never answered.
 */
typedef struct {
    reflex_blob action; /**< What to do */
} reflex_act_message;

#define REFLEX_ACT_BYTES(action) (2u + (action))
bool reflex_decode_act(const uint8_t* payload, size_t count, reflex_act_message* message);

/**
 * @brief `stop` (0x05, from the host)
 *
 * Emergency stop. Answered by `mode`.
 */
#define REFLEX_STOP_BYTES 0u

/**
 * @brief `infer` (0x06, from the host)
 *
 * Asked again with the number of the last answer and no reset, the board gives that answer again: a policy with state must not step twice.
 */
typedef struct {
    uint32_t tick;      /**< Counts up; comes back in the answer */
    uint8_t reset;      /**< 1: what the policy keeps between inferences is reset first; 0: it stays */
    reflex_int8s input; /**< The policy's input */
} reflex_infer_message;

#define REFLEX_INFER_BYTES(input) (7u + (input))
bool reflex_decode_infer(const uint8_t* payload, size_t count, reflex_infer_message* message);

/**
 * @brief `inferred` (0x86, from the board)
 */
typedef struct {
    uint32_t tick;          /**< From `infer` */
    reflex_outcome outcome; /**< How it went */
    reflex_int8s output;    /**< The policy's output, or empty */
} reflex_inferred_message;

#define REFLEX_INFERRED_BYTES(output) (7u + (output))
void reflex_encode_inferred(const reflex_inferred_message* message, reflex_writer* payload);

/**
 * @brief `measure` (0x07, from the host)
 */
typedef struct {
    uint32_t tick;      /**< Any number; comes back in the answer */
    uint32_t repeats;   /**< How many inferences to run between two looks at the counter */
    reflex_int8s input; /**< The policy's input */
} reflex_measure_message;

#define REFLEX_MEASURE_BYTES(input) (10u + (input))
bool reflex_decode_measure(const uint8_t* payload, size_t count, reflex_measure_message* message);

/**
 * @brief `measured` (0x87, from the board)
 */
typedef struct {
    uint32_t tick;          /**< From `measure` */
    reflex_outcome outcome; /**< How it went */
    uint32_t repeats;       /**< From `measure` */
    uint32_t elapsed;       /**< Counts that the inferences took */
    uint32_t overhead;      /**< Counts that the same loop takes around an empty function */
    uint32_t counter_hz;    /**< Counts per second */
} reflex_measured_message;

#define REFLEX_MEASURED_BYTES 21u
void reflex_encode_measured(const reflex_measured_message* message, reflex_writer* payload);

/**
 * @brief `problem` (0x8F, from the board)
 */
typedef struct {
    reflex_problem_code code; /**< What is wrong */
    uint32_t detail;          /**< As the code says */
} reflex_problem_message;

#define REFLEX_PROBLEM_BYTES 5u
void reflex_encode_problem(const reflex_problem_message* message, reflex_writer* payload);

#ifdef __cplusplus
}
#endif

#endif /* REFLEX_PROTOCOL_H */
