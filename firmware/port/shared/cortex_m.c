/**
 * @file cortex_m.c
 * @brief From reset to main() on a Cortex-M, and what happens when the program goes wrong
 */
#include "cortex_m.h"
#include "fault.h"

#define HANDLERS 13U /**< Exceptions 2 (NMI) to 14 (PendSV) */

#if __ARM_ARCH >= 7
#define HAS_FAULT_STATUS 1 /**< And floating point to be switched on */
#else
#define HAS_FAULT_STATUS 0
#endif

int main(void);
void Reset_Handler(void);
void HardFault_Handler(void);
void SysTick_Handler(void) __attribute__((weak, alias("HardFault_Handler")));
void report_fault(const uint32_t* frame);

/* Places that the linker script names. */
extern uint32_t stack_bottom;
extern uint32_t stack_top;
extern uint32_t data_start;
extern uint32_t data_end;
extern const uint32_t data_image;
extern uint32_t bss_start;
extern uint32_t bss_end;

/**
 * @brief What the core reads where VTOR points to: behind a reset, at address 0. Handlers of interrupts follow
 */
typedef struct {
    uint32_t* initial_stack;
    void (*reset)(void);
    void (*handlers[HANDLERS])(void);
    void (*systick)(void);
} vector_table;

extern const vector_table vectors;

__attribute__((section(".vectors"), used)) const vector_table vectors = {
    .initial_stack = &stack_top,
    .reset = Reset_Handler,
    .handlers = {HardFault_Handler, HardFault_Handler, HardFault_Handler, HardFault_Handler, HardFault_Handler,
                 HardFault_Handler, HardFault_Handler, HardFault_Handler, HardFault_Handler, HardFault_Handler,
                 HardFault_Handler, HardFault_Handler, HardFault_Handler},
    .systick = SysTick_Handler,
};

/**
 * @brief Where the core starts: floating point on, memory as C expects it, then main()
 */
void
Reset_Handler(void) {
#if HAS_FAULT_STATUS
    /* First: the compiler copies memory with vector instructions where the core has them. */
    SCB_CPACR |= SCB_CPACR_FPU;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    const uint32_t* from = &data_image;
    for (uint32_t* to = &data_start; to != &data_end; ++to) {
        *to = *from++;
    }
    for (uint32_t* to = &bss_start; to != &bss_end; ++to) {
        *to = 0U;
    }
    (void)main();
    for (;;) {
    }
}

/**
 * @brief Any exception: none is expected, so each is a fault. Tells where, and stops
 *
 * Starts on a fresh stack, because the old one may be what overflowed.
 */
__attribute__((naked)) void
HardFault_Handler(void) {
    __asm__ volatile("mov r0, sp\n\t"
                     "ldr r1, =stack_top\n\t"
                     "mov sp, r1\n\t"
                     "bl report_fault\n\t");
}

/**
 * @brief Print one line and stop. A breakpoint with no debugger locks the core up, which ends the emulator
 * \param[in]       frame: What the core pushed: r0-r3, r12, lr, pc, psr. May lie outside of memory after an overflow
 */
void
report_fault(const uint32_t* frame) {
    fault_text("\r\nHardFault: ");
#if HAS_FAULT_STATUS
    fault_text("status 0x");
    fault_word(SCB_CFSR);
    fault_text(" ");
#endif
    if (frame < &stack_bottom) {
        fault_text("stack overflow\r\n");
    } else {
        fault_text("at 0x");
        fault_word(frame[6]);
        fault_text("\r\n");
    }
    __asm__ volatile("bkpt 0");
    for (;;) {
    }
}
