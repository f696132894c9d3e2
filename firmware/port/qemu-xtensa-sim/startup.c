/**
 * @file startup.c
 * @brief From reset to main(), and what happens when the program goes wrong
 */
#include "board.h"
#include "fault.h"
#include "memory.h"

int main(void);
void start_memory(void);
void report_fault(const uint32_t* stack);

/* Places that the linker script names. */
extern uint32_t stack_bottom;
extern uint32_t data_start;
extern uint32_t data_end;
extern const uint32_t data_image;
extern uint32_t bss_start;
extern uint32_t bss_end;

/* Where the core starts. PS: exceptions go to the user vector, the timer's interrupts (level 1) are masked, and breakpoints
 * (level 2), by which gcc ends what must not be reached, are not. */
__asm__(".section .reset_vector, \"ax\"\n"
        ".global reset_vector\n"
        "reset_vector:\n\t"
        "j      1f\n\t"
        ".align 4\n"
        "0:\t.word stack_top, start_memory\n"
        "1:\tmovi a2, 0x21\n\t"
        "wsr.ps a2\n\t"
        "rsync\n\t"
        "l32r   a1, 0b\n\t"
        "l32r   a0, 0b + 4\n\t"
        "jx     a0\n");

/* Where exceptions go: 16 bytes from here breakpoints, then, each 32 bytes behind the other, those in kernel mode, in user mode,
 * and in the middle of an exception. Each but the timer's interrupt is a fault: it is told on a fresh stack, because the old
 * one may be what overflowed. The timer's is not to be served either: it ended a rest. */
__asm__(".section .exception_vectors, \"ax\"\n\t"
        ".org   0x10\n\t"
        "j      fault\n\t"
        ".org   0x30\n\t"
        "j      fault\n\t"
        ".org   0x50\n\t"
        "j      user_exception\n\t"
        ".org   0x70\n\t"
        "j      fault\n\t"
        ".align 4\n"
        "2:\t.word stack_top, report_fault\n"
        "user_exception:\n\t"
        "wsr.excsave1 a2\n\t"
        "rsr.exccause a2\n\t"
        "bnei   a2, 4, fault\n\t"
        "movi   a2, 0\n\t"
        "wsr.intenable a2\n\t"
        "rsr.excsave1 a2\n\t"
        "rfe\n"
        "fault:\n\t"
        "mov    a2, a1\n\t"
        "movi   a3, 0x2f\n\t"
        "wsr.ps a3\n\t"
        "rsync\n\t"
        "l32r   a1, 2b\n\t"
        "l32r   a0, 2b + 4\n\t"
        "jx     a0\n");

/**
 * @brief Memory as C expects it, then main()
 */
__attribute__((used)) void
start_memory(void) {
    (void)memcpy(&data_start, &data_image, (size_t)((uintptr_t)&data_end - (uintptr_t)&data_start));
    (void)memset(&bss_start, 0, (size_t)((uintptr_t)&bss_end - (uintptr_t)&bss_start));
    (void)main();
    for (;;) {
    }
}

/**
 * @brief Print one line and end the emulator
 * \param[in]       stack: The stack pointer as the fault found it
 */
__attribute__((used)) void
report_fault(const uint32_t* stack) {
    uint32_t cause = 0U;
    uint32_t address = 0U;
    READ_SPECIAL("exccause", cause);
    READ_SPECIAL("epc1", address);
    fault_text("\r\nFault: cause 0x");
    fault_word(cause);
    if (stack < &stack_bottom) {
        fault_text(", stack overflow\r\n");
    } else {
        fault_text(" at 0x");
        fault_word(address);
        fault_text("\r\n");
    }
    (void)simcall(SIMCALL_EXIT, 1, 0U, 0U);
    for (;;) {
    }
}
