/**
 * @file main.c
 * @brief The virtual board: the firmware as a WebAssembly module, without an operating system or C library
 *
 * Whoever hosts the module calls `start` once and `poll` as often as it likes. Bytes for the board go to
 * `input_buffer`, then `give_input` says how many; what the board sent lies in `output_buffer`, and
 * `take_output` says how many and makes room. What `storage_buffer` holds survives a reboot when the host fills it before
 * `start` and keeps what is there after a call that made `storage_changes` grow. The only thing the module asks for is the
 * time. No watchdog: a module that hangs holds up its host, which sees it.
 */
#include "reflex.h"

#define WASM_EXPORT(name) __attribute__((export_name(name)))

#define INPUT_CAPACITY  4096U  /**< Bytes in one go; the host gives more when these are read */
#define OUTPUT_CAPACITY 16384U /**< Several of the longest frames: all that one `poll` sends */
#define SLOT_BYTES      65536U /**< Of the storage, which has two slots */
#define STEP_BYTES      4096U  /**< Written to it at once */

/**
 * @brief Time since the reset, nanoseconds. The module's one import
 */
__attribute__((import_module("reflex"), import_name("clock_ns"))) double host_clock_ns(void);

void* memcpy(void* destination, const void* source, size_t count);
void* memmove(void* destination, const void* source, size_t count);
void* memset(void* destination, int value, size_t count);

WASM_EXPORT("start") void virtual_start(void);
WASM_EXPORT("poll") void virtual_poll(void);
WASM_EXPORT("input_buffer") uint8_t* virtual_input_buffer(void);
WASM_EXPORT("input_capacity") size_t virtual_input_capacity(void);
WASM_EXPORT("input_pending") size_t virtual_input_pending(void);
WASM_EXPORT("give_input") void virtual_give_input(size_t count);
WASM_EXPORT("output_buffer") const uint8_t* virtual_output_buffer(void);
WASM_EXPORT("take_output") size_t virtual_take_output(void);
WASM_EXPORT("storage_buffer") uint8_t* virtual_storage_buffer(void);
WASM_EXPORT("storage_bytes") size_t virtual_storage_bytes(void);
WASM_EXPORT("storage_changes") uint32_t virtual_storage_changes(void);

static uint8_t input[INPUT_CAPACITY];
static size_t input_count; /**< Bytes given */
static size_t input_taken; /**< Of them, how many the firmware has read */
static uint8_t output[OUTPUT_CAPACITY];
static size_t output_count;
static uint8_t storage_memory[2][SLOT_BYTES];
static uint32_t storage_changes; /**< How often the storage has changed since start */

static size_t
port_read(uint8_t* bytes, size_t capacity) {
    size_t count = 0;
    while (count < capacity && input_taken < input_count) {
        bytes[count++] = input[input_taken++];
    }
    return count;
}

static size_t
port_write(const uint8_t* bytes, size_t count) {
    size_t taken = 0;
    while (taken < count && output_count < OUTPUT_CAPACITY) {
        output[output_count++] = bytes[taken++];
    }
    return taken;
}

static uint32_t
port_now_us(void) {
    return (uint32_t)(uint64_t)(host_clock_ns() / 1000.0);
}

static uint32_t
port_counter(void) {
    return (uint32_t)(uint64_t)host_clock_ns();
}

static void
storage_read(uint8_t slot, size_t offset, uint8_t* bytes, size_t count) {
    for (size_t index = 0; index < count; ++index) {
        bytes[index] = storage_memory[slot][offset + index];
    }
}

static bool
storage_erase(uint8_t slot) {
    for (size_t index = 0; index < SLOT_BYTES; ++index) {
        storage_memory[slot][index] = 0xFFU;
    }
    ++storage_changes;
    return true;
}

static size_t
storage_write(uint8_t slot, size_t offset, const uint8_t* bytes, size_t count) {
    const size_t taken = count < STEP_BYTES ? count : STEP_BYTES;
    for (size_t index = 0; index < taken; ++index) {
        storage_memory[slot][offset + index] = bytes[index];
    }
    ++storage_changes;
    return taken;
}

static const reflex_storage storage = {
    .slot_bytes = SLOT_BYTES,
    .step_us = 1000U,
    .read = storage_read,
    .erase = storage_erase,
    .write = storage_write,
};

static const reflex_port port = {
    .read = port_read,
    .receive_bytes = INPUT_CAPACITY,
    .write = port_write,
    .now_us = port_now_us,
    .counter = port_counter,
    .counter_hz = 1000000000U,
    .alive = NULL,
    .storage = &storage,
};

/**
 * @brief Begin. To be called once, before anything else
 */
void
virtual_start(void) {
    reflex_app_start(&port);
}

/**
 * @brief Let the firmware do what is due
 */
void
virtual_poll(void) {
    reflex_app_poll();
}

/**
 * @brief Where bytes for the board go. To be written only while `input_pending` is 0
 */
uint8_t*
virtual_input_buffer(void) {
    return input;
}

/**
 * @brief How many bytes `input_buffer` holds
 */
size_t
virtual_input_capacity(void) {
    return INPUT_CAPACITY;
}

/**
 * @brief Bytes given and not yet read by the firmware
 */
size_t
virtual_input_pending(void) {
    return input_count - input_taken;
}

/**
 * @brief Hand the first bytes of `input_buffer` to the firmware
 * \param[in]       count: How many, at most `input_capacity`
 */
void
virtual_give_input(size_t count) {
    input_taken = 0;
    input_count = count;
}

/**
 * @brief Where the bytes that the board sent are
 */
const uint8_t*
virtual_output_buffer(void) {
    return output;
}

/**
 * @brief Take what the board sent: it may overwrite `output_buffer` from the next call on
 * @return How many bytes there are
 */
size_t
virtual_take_output(void) {
    const size_t count = output_count;
    output_count = 0;
    return count;
}

/**
 * @brief Where the storage is: both slots, one behind the other
 */
uint8_t*
virtual_storage_buffer(void) {
    return storage_memory[0];
}

/**
 * @brief How many bytes `storage_buffer` holds
 */
size_t
virtual_storage_bytes(void) {
    return sizeof(storage_memory);
}

/**
 * @brief How often the storage has changed since start
 */
uint32_t
virtual_storage_changes(void) {
    return storage_changes;
}

/* Compilers call these three whatever the source says (a struct copied, an array cleared). The volatile
 * accesses keep them from recognising the loops and calling the function from within itself. */

void*
memcpy(void* destination, const void* source, size_t count) {
    return memmove(destination, source, count);
}

void*
memmove(void* destination, const void* source, size_t count) {
    volatile uint8_t* to = destination;
    const uint8_t* from = source;
    if ((uintptr_t)destination <= (uintptr_t)source) {
        for (size_t index = 0; index < count; ++index) {
            to[index] = from[index];
        }
    } else {
        for (size_t index = count; index > 0; --index) {
            to[index - 1U] = from[index - 1U];
        }
    }
    return destination;
}

void*
memset(void* destination, int value, size_t count) {
    volatile uint8_t* to = destination;
    for (size_t index = 0; index < count; ++index) {
        to[index] = (uint8_t)value;
    }
    return destination;
}
