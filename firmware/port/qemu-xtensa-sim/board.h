/**
 * @file board.h
 * @brief QEMU's Xtensa machine `sim` with an LX106: special registers, and what the emulator does when asked (`simcall`)
 *
 * Registers and causes: Xtensa Instruction Set Architecture reference manual, chapter 4; numbers of calls: those of Tensilica's
 * simulator, which QEMU's target/xtensa/xtensa-semi.c follows.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

#define SYSTEM_CLOCK_HZ 40000000U /**< Of the counter CCOUNT, as QEMU has it */

#define READ_SPECIAL(name, variable) __asm__ volatile("rsr." name " %0" : "=r"(variable))
#define WRITE_SPECIAL(name, value)   __asm__ volatile("wsr." name " %0\n\tesync" ::"r"(value) : "memory")

#define TIMER0_INTERRUPT (1U << 6)

#define SIMCALL_EXIT   1
#define SIMCALL_READ   3
#define SIMCALL_WRITE  4
#define SIMCALL_SELECT 29

#define SELECT_READ  1 /**< What SIMCALL_SELECT waits for */
#define SELECT_WRITE 2

#define PAGE_BYTES 4096U /**< Of memory, as QEMU divides it: it moves the bytes of each page by themselves */

#define LINK 3 /**< The file descriptor that the emulator inherits */

/**
 * @brief Ask the emulator
 * \param[in]       call: What for
 * \param[in]       first: Its arguments, some of which are addresses
 * @return Bytes moved; negative: none
 */
static inline int32_t
simcall(int32_t call, int32_t first, uintptr_t second, uintptr_t third) {
    register int32_t a2 __asm__("a2") = call;
    register int32_t a3 __asm__("a3") = first;
    register uintptr_t a4 __asm__("a4") = second;
    register uintptr_t a5 __asm__("a5") = third;
    __asm__ volatile("simcall" : "+r"(a2), "+r"(a3) : "r"(a4), "r"(a5) : "memory");
    return a2;
}

#endif /* BOARD_H */
