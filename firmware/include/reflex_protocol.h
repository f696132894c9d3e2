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

#define REFLEX_PROTOCOL_VERSION 5u          /**< Of this table. Raised whenever a receiver of the old one would misunderstand */
#define REFLEX_TELEOP_TICKS 3u              /**< Ticks for which an `act` counts, the one it came before included */
#define REFLEX_MISSED_DEADLINES 2u          /**< Running: so many end in `safe` */
#define REFLEX_PROBLEM_INTERVAL_US 1000000u /**< `problem` tells of bad frames at most this often */

typedef enum {
    REFLEX_MODE_SAFE = 0,   /**< The action is the neutral one */
    REFLEX_MODE_TELEOP = 1, /**< The host's actions */
    REFLEX_MODE_AUTO = 2,   /**< The policy's actions */
    REFLEX_MODE_ASSIST = 3, /**< The policy's actions, until somebody takes over */
    REFLEX_MODE_SHADOW = 4, /**< Somebody's actions; the policy runs beside */
} reflex_mode;

#define REFLEX_MODE_COUNT 5u

typedef enum {
    REFLEX_SOURCE_SENSORS = 0, /**< Observations are read from the board's sensors, each period */
    REFLEX_SOURCE_HOST = 1,    /**< Observations come in `observe`, in lock-step */
} reflex_source;

#define REFLEX_SOURCE_COUNT 2u

typedef enum {
    REFLEX_ACTOR_NEUTRAL = 0, /**< Nobody: the neutral action */
    REFLEX_ACTOR_POLICY = 1,  /**< The policy on the board */
    REFLEX_ACTOR_EXPERT = 2,  /**< The host, or whoever drives through it; or the expert on the board */
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
    REFLEX_SWAP_PHASE_IDLE = 0,      /**< No parameters are on their way */
    REFLEX_SWAP_PHASE_RECEIVING = 1, /**< Some bytes are there */
    REFLEX_SWAP_PHASE_RECEIVED = 2,  /**< All bytes are there, and their CRC and layout are right */
    REFLEX_SWAP_PHASE_COMMITTED = 3, /**< They drive */
} reflex_swap_phase;

#define REFLEX_SWAP_PHASE_COUNT 4u

typedef enum {
    REFLEX_SWAP_OUTCOME_OK = 0,           /**< The request was carried out */
    REFLEX_SWAP_OUTCOME_NO_SLOT = 1,      /**< This firmware can't exchange parameters, or nothing is there to go back to */
    REFLEX_SWAP_OUTCOME_OTHER_SCHEMA = 2, /**< They were made for another robot.ts */
    REFLEX_SWAP_OUTCOME_OTHER_LAYOUT = 3, /**< They were made for other code */
    REFLEX_SWAP_OUTCOME_WRONG_SIZE = 4,   /**< More or fewer bytes than a parameter block has */
    REFLEX_SWAP_OUTCOME_WRONG_PLACE = 5,  /**< A chunk that does not go on where the last one ended */
    REFLEX_SWAP_OUTCOME_WRONG_CRC = 6,    /**< The bytes are not those that were announced: all of them have to be sent again */
    REFLEX_SWAP_OUTCOME_WRONG_OUTPUT = 7, /**< A golden vector gave another output, or the policy failed on it: the parameters are dropped */
    REFLEX_SWAP_OUTCOME_NOT_READY = 8,    /**< Not all bytes are there, or nothing is proven */
    REFLEX_SWAP_OUTCOME_OTHER_BASE = 9,   /**< They are packed as the difference to a policy that does not drive */
} reflex_swap_outcome;

#define REFLEX_SWAP_OUTCOME_COUNT 10u

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
#define REFLEX_FAULT_STALE 4u           /**< The last reading is older than the robot allows */
#define REFLEX_FAULT_DEADLINE_MISSED 8u /**< The tick ended later than a period after it was due */
#define REFLEX_FAULT_POLICY_FAILED 16u  /**< The policy returned an error */
#define REFLEX_FAULT_LINK_LOST 32u      /**< The host drives, and its last action is too old */

#define REFLEX_CIRCUMSTANCE_OBSERVED 1u  /**< The sensors answered in this tick; otherwise `observation` is what was held from before */
#define REFLEX_CIRCUMSTANCE_INFERRED 2u  /**< The policy ran: `input` and `output` are its */
#define REFLEX_CIRCUMSTANCE_ON_BOARD 4u  /**< The expert who acted is the board's own */
#define REFLEX_CIRCUMSTANCE_LOCK_STEP 8u /**< The host numbered the tick and sent its observation: it is in no ring */
#define REFLEX_CIRCUMSTANCE_AFRESH 16u   /**< The policy remembered nothing when it ran. A tick in which it ran without this goes on from the one before in which it did */

/** What changes modes */
typedef enum {
    REFLEX_EVENT_REQUEST_SAFE = 0,
    REFLEX_EVENT_REQUEST_TELEOP = 1,
    REFLEX_EVENT_REQUEST_AUTO = 2,
    REFLEX_EVENT_REQUEST_ASSIST = 3,
    REFLEX_EVENT_REQUEST_SHADOW = 4,
    REFLEX_EVENT_REQUEST_WITHOUT_POLICY = 5,
    REFLEX_EVENT_STOP = 6,
    REFLEX_EVENT_LINK_LOST = 7,
    REFLEX_EVENT_LINK_LOST_AUTONOMOUS = 8,
    REFLEX_EVENT_DEADLINE_MISSED = 9,
    REFLEX_EVENT_POLICY_FAILED = 10,
} reflex_event;

#define REFLEX_EVENT_COUNT 11u

/**
 * @brief What an event makes of a mode: the table Transitions of PROTOCOL.md
 * \param[in]       event: What happened
 * \param[in,out]   mode: Before, and after
 * \param[out]      reason: Why, where it is something
 * @return Whether the event means anything in that mode
 */
bool reflex_transition(reflex_event event, reflex_mode* mode, reflex_reason* reason);


/**
 * @brief Record `tick`
 *
 * What happened in a tick, whole.
 */
typedef struct {
    uint32_t tick;           /**< From `observe`, or counted by the board since boot */
    uint32_t time_us;        /**< The board's clock when the tick began */
    uint32_t infer_us;       /**< What the policy took; 0 where it did not run */
    uint32_t busy_us;        /**< What the whole tick took, reading and acting included */
    reflex_mode mode;        /**< The mode at the end of the tick */
    reflex_actor actor;      /**< Who chose the action */
    uint8_t faults;          /**< What was wrong */
    uint8_t circumstances;   /**< What else is to be known */
    reflex_int8s input;      /**< The policy's exact input */
    reflex_int8s output;     /**< Its raw output */
    reflex_blob observation; /**< What was sensed */
    reflex_blob action;      /**< What was done */
} reflex_tick_record;

#define REFLEX_TICK_RECORD_BYTES(input, output, observation, action) (20u + (input) + (output) + (observation) + (action))
void reflex_encode_tick_record(const reflex_tick_record* message, reflex_writer* payload);

#define REFLEX_ID_HELLO_REQUEST 0x01u
#define REFLEX_ID_HELLO 0x81u
#define REFLEX_ID_SET_MODE 0x02u
#define REFLEX_ID_MODE 0x82u
#define REFLEX_ID_OBSERVE 0x03u
#define REFLEX_ID_TICKS 0x83u
#define REFLEX_ID_ACT 0x04u
#define REFLEX_ID_STOP 0x05u
#define REFLEX_ID_INFER 0x06u
#define REFLEX_ID_INFERRED 0x86u
#define REFLEX_ID_MEASURE 0x07u
#define REFLEX_ID_MEASURED 0x87u
#define REFLEX_ID_HAND_BACK 0x08u
#define REFLEX_ID_PULSE 0x09u
#define REFLEX_ID_PULSE_BACK 0x89u
#define REFLEX_ID_REFILL 0x0Au
#define REFLEX_ID_GONE 0x8Au
#define REFLEX_ID_SWAP_BEGIN 0x0Bu
#define REFLEX_ID_SWAP 0x8Bu
#define REFLEX_ID_SWAP_CHUNK 0x0Cu
#define REFLEX_ID_SWAP_PROVE 0x0Du
#define REFLEX_ID_SWAP_COMMIT 0x0Eu
#define REFLEX_ID_SWAP_REVERT 0x0Fu
#define REFLEX_ID_PROBLEM 0x8Fu

/**
 * @brief `hello_request` (0x01, from the host)
 *
 * Asks who is there.
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
    uint64_t policy_hash;           /**< Of the int8 model that drives */
    uint64_t layout_hash;           /**< Of the code that parameters must fit; 0: they can't be exchanged */
    uint32_t parameters_bytes;      /**< Length of a parameter block */
    uint64_t firmware_hash;         /**< Of the sources of this image */
    uint32_t period_us;             /**< Microseconds from tick to tick */
    uint16_t observation_bytes;     /**< Length of an observation on the wire */
    uint16_t action_bytes;          /**< Length of an action on the wire */
    uint16_t input_bytes;           /**< Length of the policy's input */
    uint16_t output_bytes;          /**< Length of the policy's output */
    uint32_t ring_ticks;            /**< Records that the board keeps */
    uint16_t receive_bytes;         /**< Bytes of frames that may be under way to the board at once */
    uint16_t longest_request;       /**< Bytes of the longest payload that it takes */
    uint32_t link_timeout_us;       /**< Without a frame from the host for longer, the link is lost */
    uint32_t arena_bytes;           /**< Size of the tensor arena; 0 where the runtime has none */
    uint32_t arena_used;            /**< Bytes of it that are in use since the policy was prepared */
    reflex_text name;               /**< The robot's */
} reflex_hello_message;

#define REFLEX_HELLO_BYTES(name) (73u + (name))
void reflex_encode_hello(const reflex_hello_message* message, reflex_writer* payload);

/**
 * @brief `set_mode` (0x02, from the host)
 *
 * Answered by `mode`, even where nothing changes. Where something does, the next `observe` may have any number.
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
 * One tick in lock-step. Answered by `ticks` with its record.
 */
typedef struct {
    uint32_t tick;           /**< The host's number for this tick, another one than before */
    reflex_blob observation; /**< What the robot senses */
} reflex_observe_message;

#define REFLEX_OBSERVE_BYTES(observation) (6u + (observation))
bool reflex_decode_observe(const uint8_t* payload, size_t count, reflex_observe_message* message);

/**
 * @brief `ticks` (0x83, from the board)
 */
typedef struct {
    reflex_blob records; /**< Records of ticks, one behind the other */
} reflex_ticks_message;

#define REFLEX_TICKS_BYTES(records) (0u + (records))
void reflex_encode_ticks(const reflex_ticks_message* message, reflex_writer* payload);

/**
 * @brief `act` (0x04, from the host)
 *
 * The expert's action, for the next ticks in teleop, assist and shadow; in assist it takes over. Never answered.
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
 * @brief `hand_back` (0x08, from the host)
 *
 * In assist, the policy acts again. Answered by `mode`.
 */
#define REFLEX_HAND_BACK_BYTES 0u

/**
 * @brief `pulse` (0x09, from the host)
 *
 * Keeps the link alive, and says what has arrived.
 */
typedef struct {
    uint32_t host_us;      /**< The host's clock */
    uint32_t acknowledged; /**< The host has every tick before this one, or knows that it is lost */
    uint16_t window;       /**< Ticks from there on that the board may send */
} reflex_pulse_message;

#define REFLEX_PULSE_BYTES 10u
bool reflex_decode_pulse(const uint8_t* payload, size_t count, reflex_pulse_message* message);

/**
 * @brief `pulse_back` (0x89, from the board)
 */
typedef struct {
    uint32_t host_us;     /**< From `pulse` */
    uint32_t board_us;    /**< The board's clock when it read the `pulse` */
    uint32_t held_us;     /**< From then until this was sent */
    uint32_t next_tick;   /**< The number of the next tick */
    uint32_t oldest_tick; /**< The oldest that the ring still has; next_tick: it is empty */
    uint32_t worst_us;    /**< The longest tick since boot */
    uint32_t jitter_us;   /**< The most by which a tick since boot began late */
    uint32_t missed;      /**< Deadlines missed since boot */
    uint32_t bad_frames;  /**< Frames dropped since boot */
} reflex_pulse_back_message;

#define REFLEX_PULSE_BACK_BYTES 36u
void reflex_encode_pulse_back(const reflex_pulse_back_message* message, reflex_writer* payload);

/**
 * @brief `refill` (0x0A, from the host)
 *
 * Answered by `ticks` and `gone`, for each of these ticks one of them. A new one replaces the last.
 */
typedef struct {
    uint32_t tick;  /**< The first that is missing */
    uint16_t count; /**< How many from there on */
} reflex_refill_message;

#define REFLEX_REFILL_BYTES 6u
bool reflex_decode_refill(const uint8_t* payload, size_t count, reflex_refill_message* message);

/**
 * @brief `gone` (0x8A, from the board)
 */
typedef struct {
    uint32_t tick;  /**< The first that the board does not have any more */
    uint16_t count; /**< How many from there on */
} reflex_gone_message;

#define REFLEX_GONE_BYTES 6u
void reflex_encode_gone(const reflex_gone_message* message, reflex_writer* payload);

/**
 * @brief `swap_begin` (0x0B, from the host)
 *
 * Answered by `swap`, like all that begins with swap.
 */
typedef struct {
    uint64_t schema_hash; /**< What the new policy was made for */
    uint64_t layout_hash; /**< The code that its parameters fit */
    uint64_t policy_hash; /**< The new policy's */
    uint32_t bytes;       /**< Length of the parameter block */
    uint32_t crc32;       /**< Of it */
    uint32_t packed;      /**< Bytes that travel: `bytes`, the block as it is; or fewer, packed */
    uint64_t base_hash;   /**< The policy whose parameters were taken from the block before it was packed; 0: none */
} reflex_swap_begin_message;

#define REFLEX_SWAP_BEGIN_BYTES 44u
bool reflex_decode_swap_begin(const uint8_t* payload, size_t count, reflex_swap_begin_message* message);

/**
 * @brief `swap` (0x8B, from the board)
 */
typedef struct {
    reflex_swap_phase phase;     /**< How far the swap is */
    reflex_swap_outcome outcome; /**< How the last request went */
    uint32_t received;           /**< Bytes that are there */
    uint16_t proven;             /**< Golden vectors that gave what they should */
    uint64_t policy_hash;        /**< Of the policy that drives */
    uint8_t stored;              /**< 1: what drives survives a reboot; 0: it does not, or not yet */
} reflex_swap_message;

#define REFLEX_SWAP_BYTES 17u
void reflex_encode_swap(const reflex_swap_message* message, reflex_writer* payload);

/**
 * @brief `swap_chunk` (0x0C, from the host)
 */
typedef struct {
    uint32_t offset;   /**< Where the bytes belong */
    reflex_blob bytes; /**< A piece of the parameter block */
} reflex_swap_chunk_message;

#define REFLEX_SWAP_CHUNK_BYTES(bytes) (6u + (bytes))
bool reflex_decode_swap_chunk(const uint8_t* payload, size_t count, reflex_swap_chunk_message* message);

/**
 * @brief `swap_prove` (0x0D, from the host)
 *
 * A golden vector. A policy that remembers is reset before, and what the one that drives remembers is kept.
 */
typedef struct {
    uint16_t index;      /**< Counts up from 0; one that is proven already is answered again */
    reflex_int8s input;  /**< The policy's input */
    reflex_int8s output; /**< What it must give */
} reflex_swap_prove_message;

#define REFLEX_SWAP_PROVE_BYTES(input, output) (6u + (input) + (output))
bool reflex_decode_swap_prove(const uint8_t* payload, size_t count, reflex_swap_prove_message* message);

/**
 * @brief `swap_commit` (0x0E, from the host)
 */
typedef struct {
    uint64_t policy_hash; /**< Of the parameters to take over */
} reflex_swap_commit_message;

#define REFLEX_SWAP_COMMIT_BYTES 8u
bool reflex_decode_swap_commit(const uint8_t* payload, size_t count, reflex_swap_commit_message* message);

/**
 * @brief `swap_revert` (0x0F, from the host)
 *
 * Back to the parameters before the last commit.
 */
typedef struct {
    uint64_t policy_hash; /**< Of the policy that drives now: asked again, nothing more changes */
} reflex_swap_revert_message;

#define REFLEX_SWAP_REVERT_BYTES 8u
bool reflex_decode_swap_revert(const uint8_t* payload, size_t count, reflex_swap_revert_message* message);

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
