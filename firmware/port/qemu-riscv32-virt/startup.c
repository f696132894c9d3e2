/**
 * @file startup.c
 * @brief From reset to main(), and what happens when the program goes wrong
 */
#include "board.h"
#include "fault.h"
#include "memory.h"

/* Physical memory protection (RISC-V privileged architecture, section 3.7): an entry that binds machine mode too. */
#define PMP_READ_EXECUTE_NAPOT_LOCKED 0x9DU
#define PMP_FLASH_ADDRESS             ((0x80000000U >> 2) | ((4U << 20 >> 3) - 1U)) /**< 4 MiB from 0x80000000 */

#define CAUSE_STORE_ACCESS 7U

int main(void);
void _start(void);
void start_memory(void);
void trap_entry(void);
void report_fault(void);

/* Places that the linker script names. */
extern uint32_t stack_bottom;
extern uint32_t data_start;
extern uint32_t data_end;
extern const uint32_t data_image;
extern uint32_t bss_start;
extern uint32_t bss_end;

/**
 * @brief Where the core starts
 */
__attribute__((naked, section(".vectors"), used)) void
_start(void) {
    __asm__ volatile("la sp, stack_top\n\t"
                     "la t0, trap_entry\n\t"
                     "csrw mtvec, t0\n\t"
                     "j start_memory\n\t");
}

/**
 * @brief Memory as C expects it, then main()
 */
void
start_memory(void) {
    (void)memcpy(&data_start, &data_image, (size_t)((uintptr_t)&data_end - (uintptr_t)&data_start));
    (void)memset(&bss_start, 0, (size_t)((uintptr_t)&bss_end - (uintptr_t)&bss_start));
    WRITE_CSR("pmpaddr0", PMP_FLASH_ADDRESS);
    WRITE_CSR("pmpcfg0", PMP_READ_EXECUTE_NAPOT_LOCKED);
    (void)main();
    for (;;) {
    }
}

/**
 * @brief Any exception: none is expected, and no interrupt is ever taken. Keeps the stack pointer, and starts on a fresh
 * stack, because the old one may be what overflowed
 */
__attribute__((naked, aligned(4))) void
trap_entry(void) {
    __asm__ volatile("csrw mscratch, sp\n\t"
                     "la sp, stack_top\n\t"
                     "j report_fault\n\t");
}

/**
 * @brief Print one line and end the emulator
 */
void
report_fault(void) {
    uint32_t cause = 0U;
    uint32_t address = 0U;
    uint32_t stack = 0U;
    READ_CSR("mcause", cause);
    READ_CSR("mepc", address);
    READ_CSR("mscratch", stack);
    fault_text("\r\nFault: cause 0x");
    fault_word(cause);
    if (cause == CAUSE_STORE_ACCESS && stack < (uint32_t)(uintptr_t)&stack_bottom) {
        fault_text(", stack overflow\r\n");
    } else {
        fault_text(" at 0x");
        fault_word(address);
        fault_text("\r\n");
    }
    TEST_FINISHER = TEST_FINISHER_FAIL;
    for (;;) {
    }
}
