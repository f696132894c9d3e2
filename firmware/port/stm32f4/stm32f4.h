/**
 * @file stm32f4.h
 * @brief Registers of the STM32F446 that the port uses
 *
 * Names, offsets and bits: ST's reference manual RM0390, chapters as given. The core's own are in cortex_m.h.
 */
#ifndef STM32F4_H
#define STM32F4_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t*)(address))

/* 3 Embedded flash memory: 5 wait states up to 180 MHz at 2.7 V and more (3.4.1) */
#define FLASH_ACR         REGISTER(0x40023C00U)
#define FLASH_ACR_5_WAITS 5U
#define FLASH_ACR_LATENCY 0xFU
#define FLASH_ACR_PRFTEN  (1U << 8)
#define FLASH_ACR_ICEN    (1U << 9)
#define FLASH_ACR_DCEN    (1U << 10)

/* 5 Power controller */
#define PWR_CR          REGISTER(0x40007000U)
#define PWR_CR_VOS      (3U << 14) /**< Scale 1, the highest voltage: also the reset value */
#define PWR_CR_ODEN     (1U << 16)
#define PWR_CR_ODSWEN   (1U << 17)
#define PWR_CSR         REGISTER(0x40007004U)
#define PWR_CSR_ODRDY   (1U << 16)
#define PWR_CSR_ODSWRDY (1U << 17)

/* 6 Reset and clock control */
#define RCC_CR                 REGISTER(0x40023800U)
#define RCC_CR_HSIRDY          (1U << 1)
#define RCC_CR_HSEON           (1U << 16)
#define RCC_CR_HSERDY          (1U << 17)
#define RCC_CR_HSEBYP          (1U << 18)
#define RCC_CR_PLLON           (1U << 24)
#define RCC_CR_PLLRDY          (1U << 25)
#define RCC_PLLCFGR            REGISTER(0x40023804U)
#define RCC_PLLCFGR_PLLM(m)    ((uint32_t)(m))
#define RCC_PLLCFGR_PLLN(n)    ((uint32_t)(n) << 6)
#define RCC_PLLCFGR_PLLP(p)    (((uint32_t)(p) / 2U - 1U) << 16)
#define RCC_PLLCFGR_PLLSRC_HSE (1U << 22)
#define RCC_PLLCFGR_PLLQ(q)    ((uint32_t)(q) << 24)
#define RCC_PLLCFGR_PLLR(r)    ((uint32_t)(r) << 28)
#define RCC_CFGR               REGISTER(0x40023808U)
#define RCC_CFGR_SW_PLL        2U
#define RCC_CFGR_SWS           (3U << 2)
#define RCC_CFGR_SWS_PLL       (2U << 2)
#define RCC_CFGR_PPRE1_DIV4    (5U << 10)
#define RCC_CFGR_PPRE2_DIV2    (4U << 13)
#define RCC_AHB1ENR            REGISTER(0x40023830U)
#define RCC_AHB1ENR_GPIOAEN    (1U << 0)
#define RCC_APB1ENR            REGISTER(0x40023840U)
#define RCC_APB1ENR_TIM2EN     (1U << 0)
#define RCC_APB1ENR_USART2EN   (1U << 17)
#define RCC_APB1ENR_PWREN      (1U << 28)
#define RCC_DCKCFGR            REGISTER(0x4002388CU)
#define RCC_DCKCFGR_TIMPRE     (1U << 24) /**< Timers run as fast as the core where PPRE1 divides by up to 4 */

/* 7 General-purpose inputs and outputs: pins 2 and 3 of port A are USART2's transmitter and receiver in alternate function 7 */
#define GPIOA_MODER     REGISTER(0x40020000U)
#define GPIOA_PUPDR     REGISTER(0x4002000CU)
#define GPIOA_AFRL      REGISTER(0x40020020U)
#define MODER_ALTERNATE 2U
#define PUPDR_UP        1U
#define AF_USART1_TO_3  7U
#define PIN_2_BITS(pin) (2U * (pin)) /**< Where a pin's bits are in a register that has two for each */
#define PIN_4_BITS(pin) (4U * (pin))
#define USART2_TX_PIN   2U
#define USART2_RX_PIN   3U

/* 17 General-purpose timers: TIM2 has 32 bits, and counts through them all unless it is told otherwise */
#define TIM2_CR1    REGISTER(0x40000000U)
#define TIM_CR1_CEN (1U << 0)
#define TIM2_CNT    REGISTER(0x40000024U)

/* 20 Independent watchdog, by an oscillator of its own of about 32 kHz */
#define IWDG_KR        REGISTER(0x40003000U)
#define IWDG_KR_START  0xCCCCU
#define IWDG_KR_ACCESS 0x5555U
#define IWDG_KR_RELOAD 0xAAAAU
#define IWDG_PR        REGISTER(0x40003004U)
#define IWDG_PR_DIV16  2U
#define IWDG_RLR       REGISTER(0x40003008U)

/**
 * @brief 25 Universal synchronous asynchronous receiver transmitter
 */
typedef struct {
    volatile uint32_t SR;
    volatile uint32_t DR;
    volatile uint32_t BRR;
    volatile uint32_t CR1;
} stm32_usart;

#define USART2           ((stm32_usart*)0x40004400U)
#define USART_SR_ORE     (1U << 3) /**< A byte was lost; cleared by reading SR, then DR */
#define USART_SR_RXNE    (1U << 5)
#define USART_SR_TXE     (1U << 7)
#define USART_CR1_RE     (1U << 2)
#define USART_CR1_TE     (1U << 3)
#define USART_CR1_RXNEIE (1U << 5)
#define USART_CR1_TXEIE  (1U << 7)
#define USART_CR1_UE     (1U << 13)

/* 10 Interrupts and events */
#define USART2_IRQ 38U
#define IRQS       97U

#endif /* STM32F4_H */
