/**
 * @file startup.c
 * @brief From the second stage of booting to main(), and what happens when the program goes wrong
 */
#include "rp2040.h"
#include "startup.h"

void Reset_Handler(void);
void HardFault_Handler(void);
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
 * @brief What the core reads at the address in VTOR
 */
typedef struct {
    uint32_t* initial_stack;
    void (*reset)(void);
    void (*nmi)(void);
    void (*hard_fault)(void);
    void (*reserved[11])(void);
    void (*systick)(void);
    void (*interrupts[IRQS])(void);
} vector_table;

/* What is missing here is never enabled. */
__attribute__((section(".vectors"), used)) const vector_table vectors = {
    .initial_stack = &stack_top,
    .reset = Reset_Handler,
    .nmi = HardFault_Handler,
    .hard_fault = HardFault_Handler,
    .systick = SysTick_Handler,
    .interrupts = {[TIMER_IRQ_0] = Timer0_Handler, [UART0_IRQ] = Uart0_Handler},
};

/**
 * @brief Where the program starts: memory as C expects it, then main()
 */
void
Reset_Handler(void) {
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
 * @brief A fault: tells where, and stops
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

static void
print_byte(char byte) {
    while ((UART0->FR & UART_FR_TXFF) != 0U) {
    }
    UART0->DR = (uint8_t)byte;
}

static void
print_text(const char* text) {
    for (; *text != '\0'; ++text) {
        print_byte(*text);
    }
}

/**
 * @brief Print one line and stop. A breakpoint with no debugger locks the core up, which ends the emulator
 * \param[in]       frame: What the core pushed: r0-r3, r12, lr, pc, psr. May lie outside of memory after an overflow
 */
void
report_fault(const uint32_t* frame) {
    print_text("\r\nHardFault: ");
    if (frame < &stack_bottom) {
        print_text("stack overflow");
    } else {
        print_text("at 0x");
        for (uint32_t digit = 0; digit < 8U; ++digit) {
            print_byte("0123456789abcdef"[(frame[6] >> (28U - 4U * digit)) & 0xFU]);
        }
    }
    print_text("\r\n");
    __asm__ volatile("bkpt 0");
    for (;;) {
    }
}
