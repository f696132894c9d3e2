/**
 * @file cortex_m.h
 * @brief Registers that every Cortex-M has, and what starts a program on it
 *
 * Names, addresses and bits: ARMv7-M Architecture Reference Manual (Arm DDI 0403), chapter B3; the same in ARMv8-M
 * (Arm DDI 0553), and but for those that it says ARMv6-M (Arm DDI 0419) lacks.
 *
 * A port that takes interrupts brings SysTick_Handler() or, in the section .vectors.interrupts, a table of handlers. What it
 * does not bring is a fault.
 */
#ifndef CORTEX_M_H
#define CORTEX_M_H

#include <stdint.h>

/**
 * @brief SysTick of the core
 */
typedef struct {
    volatile uint32_t CTRL;
    volatile uint32_t LOAD;
    volatile uint32_t VAL;
} systick;

#define SYSTICK                ((systick*)0xE000E010U)
#define SYSTICK_MAXIMUM        0xFFFFFFU /**< It has 24 bits, and counts down */
#define SYSTICK_CTRL_ENABLE    (1U << 0)
#define SYSTICK_CTRL_TICKINT   (1U << 1)
#define SYSTICK_CTRL_CLKSOURCE (1U << 2)

/* Interrupts of peripherals, 32 a register: enable, disable, and take back what is pending. */
#define NVIC_ISER ((volatile uint32_t*)0xE000E100U)
#define NVIC_ICER ((volatile uint32_t*)0xE000E180U)
#define NVIC_ICPR ((volatile uint32_t*)0xE000E280U)

#define SCB_ICSR           (*(volatile uint32_t*)0xE000ED04U)
#define SCB_ICSR_PENDSTCLR (1U << 25)

/** @brief Where the vectors are, except in ARMv6-M's Cortex-M0, which looks at address 0 and ignores this. */
#define SCB_VTOR (*(volatile uint32_t*)0xE000ED08U)

/* Not in ARMv6-M. */
#define SCB_CFSR      (*(volatile uint32_t*)0xE000ED28U)
#define SCB_CPACR     (*(volatile uint32_t*)0xE000ED88U)
#define SCB_CPACR_FPU (0xFU << 20) /**< Full access to coprocessors 10 and 11: floating point, and Helium */

#endif /* CORTEX_M_H */
