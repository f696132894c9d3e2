/**
 * @file main.c
 * @brief The firmware on ST's Nucleo-F446RE (STM32F446)
 *
 * The link is USART2 (pins PA2 and PA3), which the board's ST-LINK carries to the host: 115200 baud, 8N1. An interrupt keeps what
 * arrives and sends what waits, so that both go on while the policy runs. The watchdog is the chip's independent one. No storage: the
 * core stands still while a sector of its flash is erased, for longer than a tick, and its emulator does not know how flash is
 * written, so it would never be tested.
 *
 * QEMU runs the same image (machine netduinoplus2, whose STM32F405 has these peripherals at the same addresses). It models neither
 * clocks nor watchdog, and what is sent there is sent at once.
 */
#include "bare_run.h"
#include "byte_ring.h"
#include "cortex_m.h"
#include "fault.h"
#include "stm32f4.h"

#define BAUD             115200U
#define KEPT             1024U /**< Bytes kept, a power of two: 89 ms of the line */
#define WAITING          512U  /**< Bytes that wait to be sent at most, a power of two */
#define WATCHDOG_RELOADS 2047U /**< Of 16 periods of 32 kHz each: about a second */

/** Looks at a flag before it is given up, each some 10 cycles of 16 MHz: the slowest that is waited for needs 2 ms */
#define PATIENCE 20000U

/**
 * @brief How fast things run
 */
typedef struct {
    uint32_t core_hz;
    uint32_t usart_hz;   /**< USART2's clock, that of APB1 */
    uint32_t counter_hz; /**< TIM2 */
} clock_rates;

static const clock_rates PLL_RATES = {180000000U, 45000000U, 180000000U};
static const clock_rates HSI_RATES = {16000000U, 16000000U, 16000000U};
/* QEMU 7.2 gives the core and SysTick 168 MHz and each timer 1 GHz, whatever they are told. */
static const clock_rates QEMU_RATES = {168000000U, 42000000U, 1000000000U};

void SysTick_Handler(void);
void Usart2_Handler(void);

/* Of what is not named here, no interrupt is ever enabled. */
__attribute__((section(".vectors.interrupts"), used)) static void (*const interrupts[IRQS])(void) = {
    [USART2_IRQ] = Usart2_Handler,
};

static volatile uint8_t kept_bytes[KEPT];
static volatile uint8_t waiting_bytes[WAITING];
static byte_ring kept = BYTE_RING(kept_bytes);       /**< Received, and not yet read */
static byte_ring waiting = BYTE_RING(waiting_bytes); /**< To be sent, and not yet handed to the USART */
static uint32_t counts_per_us;

static void
interrupt_enable(void) {
    NVIC_ISER[USART2_IRQ / 32U] = 1U << (USART2_IRQ % 32U);
}

/* When there is no room the interrupt is turned off until bytes are read; in the NVIC, because the USART of older versions of QEMU asks
 * on however it is told. */
static void
keep_received(void) {
    while ((USART2->SR & (USART_SR_RXNE | USART_SR_ORE)) != 0U) {
        if (byte_ring_full(&kept)) {
            NVIC_ICER[USART2_IRQ / 32U] = 1U << (USART2_IRQ % 32U);
            return;
        }
        byte_ring_put(&kept, (uint8_t)USART2->DR);
    }
}

/* Not to be interrupted by itself. */
static void
send_waiting(void) {
    while (!byte_ring_empty(&waiting) && (USART2->SR & USART_SR_TXE) != 0U) {
        USART2->DR = byte_ring_next(&waiting);
        byte_ring_drop(&waiting);
    }
    if (byte_ring_empty(&waiting)) {
        USART2->CR1 &= ~USART_CR1_TXEIE;
    } else {
        USART2->CR1 |= USART_CR1_TXEIE;
    }
}

void
Usart2_Handler(void) {
    keep_received();
    send_waiting();
}

/* It has ended the sleep: that was all. */
void
SysTick_Handler(void) {
}

static size_t
port_read(uint8_t* bytes, size_t capacity) {
    const size_t count = byte_ring_read(&kept, bytes, capacity);
    if (count > 0U) {
        interrupt_enable();
    }
    return count;
}

static size_t
port_write(const uint8_t* bytes, size_t count) {
    const size_t taken = byte_ring_write(&waiting, bytes, count);
    __asm__ volatile("cpsid i" ::: "memory");
    send_waiting();
    __asm__ volatile("cpsie i" ::: "memory");
    return taken;
}

/* On the chip: cycles of the core. */
static uint32_t
port_counter(void) {
    return TIM2_CNT;
}

/* The counter wraps every 24 s at 180 MHz. */
static uint32_t
port_now_us(void) {
    return bare_microseconds(port_counter(), counts_per_us);
}

/* 20.3: started once, it can't be stopped. */
static void
port_alive(void) {
    static bool started;
    if (!started) {
        started = true;
        IWDG_KR = IWDG_KR_START;
        IWDG_KR = IWDG_KR_ACCESS;
        IWDG_PR = IWDG_PR_DIV16;
        IWDG_RLR = WATCHDOG_RELOADS;
    }
    IWDG_KR = IWDG_KR_RELOAD;
}

static bool
comes(volatile const uint32_t* place, uint32_t flags) {
    for (uint32_t looks = 0; looks < PATIENCE; ++looks) {
        if ((*place & flags) == flags) {
            return true;
        }
    }
    return false;
}

/* 5.1.3 and 6.2.3: the ST-LINK's 8 MHz make 8 / 4 * 180 / 2 = 180 MHz, for which the chip needs its over-drive. */
static bool
pll_starts(void) {
    RCC_APB1ENR |= RCC_APB1ENR_PWREN;
    RCC_CR |= RCC_CR_HSEBYP;
    RCC_CR |= RCC_CR_HSEON;
    if (!comes(&RCC_CR, RCC_CR_HSERDY)) {
        return false;
    }
    PWR_CR |= PWR_CR_VOS;
    RCC_PLLCFGR = RCC_PLLCFGR_PLLM(4) | RCC_PLLCFGR_PLLN(180) | RCC_PLLCFGR_PLLP(2) | RCC_PLLCFGR_PLLSRC_HSE |
                  RCC_PLLCFGR_PLLQ(8) | RCC_PLLCFGR_PLLR(2);
    RCC_CR |= RCC_CR_PLLON;
    PWR_CR |= PWR_CR_ODEN;
    if (!comes(&PWR_CSR, PWR_CSR_ODRDY)) {
        return false;
    }
    PWR_CR |= PWR_CR_ODSWEN;
    return comes(&PWR_CSR, PWR_CSR_ODSWRDY) && comes(&RCC_CR, RCC_CR_PLLRDY);
}

/* A reset leaves the chip on its own oscillator, and so it stays where a board has no clock from its ST-LINK, or not yet. The ready
 * flag of that oscillator is 0 only where there is no such register. */
static const clock_rates*
clocks_start(void) {
    RCC_DCKCFGR |= RCC_DCKCFGR_TIMPRE;
    if (!pll_starts()) {
        return (RCC_CR & RCC_CR_HSIRDY) != 0U ? &HSI_RATES : &QEMU_RATES;
    }
    FLASH_ACR = FLASH_ACR_PRFTEN | FLASH_ACR_ICEN | FLASH_ACR_DCEN | FLASH_ACR_5_WAITS;
    while ((FLASH_ACR & FLASH_ACR_LATENCY) != FLASH_ACR_5_WAITS) {
    }
    RCC_CFGR = RCC_CFGR_PPRE1_DIV4 | RCC_CFGR_PPRE2_DIV2;
    RCC_CFGR |= RCC_CFGR_SW_PLL;
    while ((RCC_CFGR & RCC_CFGR_SWS) != RCC_CFGR_SWS_PLL) {
    }
    return &PLL_RATES;
}

/* 25.4.4: the divisor counts in 16ths. */
static void
usart_start(uint32_t clock_hz) {
    RCC_AHB1ENR |= RCC_AHB1ENR_GPIOAEN;
    RCC_APB1ENR |= RCC_APB1ENR_USART2EN;
    (void)RCC_APB1ENR; /* a peripheral answers two cycles after it got its clock (6.3.10) */
    GPIOA_AFRL |= (AF_USART1_TO_3 << PIN_4_BITS(USART2_TX_PIN)) | (AF_USART1_TO_3 << PIN_4_BITS(USART2_RX_PIN));
    GPIOA_PUPDR |= PUPDR_UP << PIN_2_BITS(USART2_RX_PIN); /* an open line is silent */
    GPIOA_MODER |= (MODER_ALTERNATE << PIN_2_BITS(USART2_TX_PIN)) | (MODER_ALTERNATE << PIN_2_BITS(USART2_RX_PIN));
    USART2->BRR = (clock_hz + BAUD / 2U) / BAUD;
    USART2->CR1 = USART_CR1_UE | USART_CR1_TE | USART_CR1_RE | USART_CR1_RXNEIE;
    interrupt_enable();
}

static void
timers_start(uint32_t core_hz) {
    RCC_APB1ENR |= RCC_APB1ENR_TIM2EN;
    (void)RCC_APB1ENR;
    TIM2_CR1 = TIM_CR1_CEN;
    SYSTICK->LOAD = core_hz / BARE_TICK_HZ - 1U;
    SYSTICK->VAL = 0U;
    SYSTICK->CTRL = SYSTICK_CTRL_CLKSOURCE | SYSTICK_CTRL_TICKINT | SYSTICK_CTRL_ENABLE;
}

/* With PRIMASK set, a pending interrupt ends the sleep without being taken (ARMv7-M manual, WFI): no byte is slept over. */
static void
sleep_until_byte_or_tick(void) {
    __asm__ volatile("cpsid i" ::: "memory");
    if (byte_ring_empty(&kept)) {
        __asm__ volatile("wfi" ::: "memory");
    }
    __asm__ volatile("cpsie i" ::: "memory");
}

int
main(void) {
    static reflex_port port = {
        .read = port_read,
        .receive_bytes = KEPT,
        .write = port_write,
        .now_us = port_now_us,
        .counter = port_counter,
        .alive = port_alive,
        .storage = NULL,
    };
    const clock_rates* rates = clocks_start();

    counts_per_us = rates->counter_hz / 1000000U;
    port.counter_hz = rates->counter_hz;
    usart_start(rates->usart_hz);
    timers_start(rates->core_hz);
    bare_run(&port, sleep_until_byte_or_tick);
}

void
fault_put(uint8_t byte) {
    while ((USART2->SR & USART_SR_TXE) == 0U) {
    }
    USART2->DR = byte;
}
