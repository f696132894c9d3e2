// Small applications that ask a port for one thing each, and how a test speaks with them: what ports and emulators promise is
// tested without the rest of the firmware. Build them with echoRequest (echo.ts).

import type { BytePort } from "../src/core/io.ts";

/** On the first byte: 'a' ends badly, 's' fills the stack, anything else is echoed. */
export const FRAGILE = `
#include "reflex.h"
static const reflex_port* port;
static volatile uint32_t depth;
static void __attribute__((noinline)) dig(void) {
    volatile uint8_t earth[64];
    earth[0] = (uint8_t)depth++;
    dig();
    earth[1] = earth[0];
}
void reflex_app_start(const reflex_port* board) { port = board; }
void reflex_app_poll(void) {
    uint8_t bytes[64];
    const size_t count = port->read(bytes, sizeof(bytes));
    if (count > 0U && bytes[0] == (uint8_t)'a') { __builtin_trap(); }
    if (count > 0U && bytes[0] == (uint8_t)'s') { dig(); }
    (void)port->write(bytes, count);
}
`;

/** Says something every tick of its own clock. */
export const TICKER = `
#include "reflex.h"
static const reflex_port* port;
static uint32_t last;
void reflex_app_start(const reflex_port* board) { port = board; last = board->now_us(); }
void reflex_app_poll(void) {
    if (port->now_us() - last >= 5000U) { last += 5000U; (void)port->write((const uint8_t*)"t", 1U); }
}
`;

/** Sends so many bytes, each one more than the last, as fast as its port takes them. */
export function flood(count: number): string {
  return `
#include "reflex.h"
static const reflex_port* port;
static uint32_t sent;
void reflex_app_start(const reflex_port* board) { port = board; }
void reflex_app_poll(void) {
    uint8_t bytes[1000];
    const uint32_t count = ${count}U - sent < sizeof(bytes) ? ${count}U - sent : sizeof(bytes);
    for (uint32_t i = 0; i < count; i++) { bytes[i] = (uint8_t)(sent + i); }
    sent += (uint32_t)port->write(bytes, count);
}
`;
}

/** Asked by any byte, fills its line with zeros twice, computes for 60 ms and fills it again. Then says 255 and, as 16 bits each: how many
 * bytes the line took the first time, and in how many microseconds; the second time; the third time. */
export const HASTY = `
#include "reflex.h"
static const reflex_port* port;
static const uint8_t zeros[600];
static void tell(const uint8_t* bytes, size_t count) {
    for (size_t sent = 0; sent < count;) { sent += port->write(&bytes[sent], count - sent); }
}
void reflex_app_start(const reflex_port* board) { port = board; }
void reflex_app_poll(void) {
    uint8_t answer[9] = {255};
    uint32_t figures[4];
    if (port->read(answer, 1) == 0U) { return; }
    const uint32_t begun_us = port->now_us();
    figures[0] = (uint32_t)port->write(zeros, sizeof(zeros));
    figures[1] = port->now_us() - begun_us;
    figures[2] = (uint32_t)port->write(zeros, sizeof(zeros));
    while (port->now_us() - begun_us < 60000U) { }
    figures[3] = (uint32_t)port->write(zeros, sizeof(zeros));
    answer[0] = 255;
    for (uint8_t i = 0; i < 4U; i++) {
        answer[1U + 2U * i] = (uint8_t)figures[i];
        answer[2U + 2U * i] = (uint8_t)(figures[i] >> 8);
    }
    tell(answer, sizeof(answer));
}
`;

/** Asked by a byte, computes for a second. Then it echoes. */
export const BUSY = `
#include "reflex.h"
static const reflex_port* port;
static bool asked;
static uint8_t bytes[256];
static size_t count;
static size_t sent;
void reflex_app_start(const reflex_port* board) { port = board; }
void reflex_app_poll(void) {
    if (!asked && port->read(bytes, 1) == 1U) {
        const uint32_t begun_us = port->now_us();
        asked = true;
        while (port->now_us() - begun_us < 1000000U) { }
    }
    if (!asked) { return; }
    if (sent == count) {
        count = port->read(bytes, sizeof(bytes));
        sent = 0;
    }
    sent += port->write(&bytes[sent], count - sent);
}
`;

/** Of a slot of the storage, how much KEEPER uses. */
export const KEEPER_BYTES = 512;

/** Keeps its watchdog content and obeys commands of three bytes: a letter, a slot, a number. 'e' erases the slot, 'w' writes
 * keeperPattern(number) to it and says 'h' halfway; both answer with the letter. 'r' sends what the slot holds. 'c' answers how often
 * it was asked since it booted. 'd' answers after so many tenths of a second; 'b' too, and computes meanwhile. 'x' hangs. */
export const KEEPER = `
#include "reflex.h"
#define BYTES ${KEEPER_BYTES}U
#define STEP 37U
static const reflex_port* port;
static uint8_t command[3];
static uint8_t heard;
static uint8_t asked;
static bool finished;
static bool halfway_told;
static size_t done;
static uint32_t begun_us;

static void erase(uint8_t slot) { finished = port->storage->erase(slot); }

static void write(uint8_t slot, uint8_t seed) {
    uint8_t bytes[STEP];
    const size_t count = BYTES - done < STEP ? BYTES - done : STEP;
    for (size_t i = 0; i < count; i++) { bytes[i] = (uint8_t)((done + i) * 7U + ((done + i) >> 8) + seed); }
    if (done >= BYTES / 2U && !halfway_told) {
        halfway_told = port->write((const uint8_t*)"h", 1U) == 1U;
        return;
    }
    done += port->storage->write(slot, done, bytes, count);
    finished = done == BYTES;
}

static void tell(uint8_t slot) {
    uint8_t bytes[STEP];
    const size_t count = BYTES - done < STEP ? BYTES - done : STEP;
    port->storage->read(slot, done, bytes, count);
    done += port->write(bytes, count);
    if (done == BYTES) { heard = 0; }
}

void reflex_app_start(const reflex_port* board) { port = board; }

void reflex_app_poll(void) {
    if (port->alive != NULL) { port->alive(); }
    if (heard < 3U) {
        heard = (uint8_t)(heard + port->read(&command[heard], 3U - heard));
        if (heard < 3U) { return; }
        finished = false;
        halfway_told = false;
        done = 0;
        begun_us = port->now_us();
        if (command[0] == (uint8_t)'c') { asked++; }
    }
    if (finished) {
        const uint8_t answer = command[0] == (uint8_t)'c' ? asked : command[0];
        if (port->write(&answer, 1U) == 1U) { heard = 0; }
        return;
    }
    switch (command[0]) {
        case 'e': erase(command[1]); break;
        case 'w': write(command[1], command[2]); break;
        case 'r': tell(command[1]); break;
        case 'd': finished = port->now_us() - begun_us >= command[2] * 100000UL; break;
        case 'b':
            while (port->now_us() - begun_us < command[2] * 100000UL) { }
            finished = true;
            break;
        case 'x': for (;;) { }
        default: finished = true; break;
    }
}
`;

/** A command for KEEPER. */
export function command(letter: string, slot = 0, number = 0): Uint8Array {
  return Uint8Array.of(letter.charCodeAt(0), slot, number);
}

/** What KEEPER writes. */
export function keeperPattern(seed: number): Uint8Array {
  return Uint8Array.from({ length: KEEPER_BYTES }, (_, index) => (index * 7 + (index >> 8) + seed) & 0xff);
}

/** Bytes that do not repeat soon. */
export function pattern(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}

/** What comes until there are `count` bytes, or more. */
export function received(port: BytePort, count: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const bytes: number[] = [];
    port.onData((piece) => {
      if (bytes.push(...piece) >= count) resolve(Uint8Array.from(bytes));
    });
    port.onClose((reason) => {
      reject(new Error(reason));
    });
  });
}

/** Writes, and gives the next `count` bytes that come. */
export async function ask(port: BytePort, bytes: Uint8Array, count: number): Promise<Uint8Array> {
  const answer = received(port, count);
  await port.write(bytes);
  return answer;
}
