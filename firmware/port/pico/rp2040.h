/**
 * @file rp2040.h
 * @brief Registers of the RP2040 that the port uses
 *
 * Names, offsets and bits: RP2040 Datasheet (Raspberry Pi Ltd), sections as given. The core's own are in cortex_m.h.
 */
#ifndef RP2040_H
#define RP2040_H

#include <stdint.h>

#define CRYSTAL_HZ      12000000U
#define SYSTEM_CLOCK_HZ 125000000U

#define REGISTER(address) (*(volatile uint32_t*)(address))

/** @brief Writing through this alias sets bits of a register of the APB, section 2.1.2 */
#define SET_BITS(address) REGISTER((address) + 0x2000U)

/** @brief Writing through this alias clears them */
#define CLEAR_BITS(address) REGISTER((address) + 0x3000U)

/* 2.13 Power-on state machine: what the watchdog resets */
#define PSM_WDSEL         REGISTER(0x40010008U)
#define PSM_ALL           0x1FFFFU
#define PSM_ROSC_AND_XOSC 3U

/* 2.14 Subsystem resets */
#define RESETS_RESET      0x4000C000U
#define RESETS_RESET_DONE REGISTER(0x4000C008U)
#define RESETS_IO_BANK0   (1U << 5)
#define RESETS_PADS_BANK0 (1U << 8)
#define RESETS_PLL_SYS    (1U << 12)
#define RESETS_TIMER      (1U << 21)
#define RESETS_UART0      (1U << 22)

/* 2.15 Clocks */
#define CLK_REF_CTRL          REGISTER(0x40008030U)
#define CLK_REF_CTRL_SRC_XOSC 2U
#define CLK_REF_SELECTED      REGISTER(0x40008038U)
#define CLK_SYS_CTRL          REGISTER(0x4000803CU)
#define CLK_SYS_CTRL_SRC_REF  0U
#define CLK_SYS_CTRL_SRC_AUX  1U /**< Whose reset value is PLL_SYS */
#define CLK_SYS_SELECTED      REGISTER(0x40008044U)
#define CLK_PERI_CTRL         REGISTER(0x40008048U)
#define CLK_PERI_CTRL_ENABLE  (1U << 11) /**< From clk_sys */

/* 2.16 Crystal oscillator */
#define XOSC_CTRL             REGISTER(0x40024000U)
#define XOSC_CTRL_1_TO_15_MHZ 0xAA0U
#define XOSC_CTRL_ENABLE      (0xFABU << 12)
#define XOSC_STATUS           REGISTER(0x40024004U)
#define XOSC_STATUS_STABLE    (1U << 31)
#define XOSC_STARTUP          REGISTER(0x4002400CU)
#define XOSC_STARTUP_ONE_MS   47U /**< In 256 cycles of the crystal, section 2.16.3 */

/* 2.18 PLL */
#define PLL_SYS_CS            REGISTER(0x40028000U)
#define PLL_SYS_CS_LOCK       (1U << 31)
#define PLL_SYS_PWR           0x40028004U
#define PLL_PWR_PD            (1U << 0)
#define PLL_PWR_POSTDIVPD     (1U << 3)
#define PLL_PWR_VCOPD         (1U << 5)
#define PLL_SYS_FBDIV_INT     REGISTER(0x40028008U)
#define PLL_SYS_PRIM          REGISTER(0x4002800CU)
#define PLL_PRIM_POSTDIV1_LSB 16U
#define PLL_PRIM_POSTDIV2_LSB 12U

/* 2.19 GPIO: pins 0 and 1 are the UART's transmitter and receiver in function 2 (table in 2.19.2) */
#define IO_GPIO0_CTRL    REGISTER(0x40014004U)
#define IO_GPIO1_CTRL    REGISTER(0x4001400CU)
#define IO_FUNCTION_UART 2U
#define PADS_GPIO1       0x4001C008U
#define PADS_PULL_DOWN   (1U << 2)
#define PADS_PULL_UP     (1U << 3)

/**
 * @brief 4.2 UART, an Arm PL011 with 32 bytes of FIFO each way
 */
typedef struct {
    volatile uint32_t DR;
    volatile uint32_t RSR;
    uint32_t reserved[4];
    volatile uint32_t FR;
    uint32_t reserved2[2];
    volatile uint32_t IBRD;
    volatile uint32_t FBRD;
    volatile uint32_t LCR_H;
    volatile uint32_t CR;
    volatile uint32_t IFLS;
    volatile uint32_t IMSC;
    volatile uint32_t RIS;
    volatile uint32_t MIS;
    volatile uint32_t ICR;
} pl011_uart;

#define UART0              ((pl011_uart*)0x40034000U)
#define UART0_IMSC         0x40034038U
#define UART_FR_RXFE       (1U << 4) /**< Nothing received */
#define UART_FR_TXFF       (1U << 5) /**< No room to send */
#define UART_LCR_H_FEN     (1U << 4)
#define UART_LCR_H_8_BITS  (3U << 5)
#define UART_CR_ENABLE     (1U << 0)
#define UART_CR_TXE        (1U << 8)
#define UART_CR_RXE        (1U << 9)
#define UART_RX_INTERRUPTS ((1U << 4) | (1U << 6)) /**< FIFO half full; or bytes in it, and no more for 32 bits' time */
#define UART_TX_INTERRUPT  (1U << 5)               /**< FIFO no longer more than half full */

/* 4.6 Timer, counts microseconds; 4.7.2 makes them from the crystal */
#define TIMER_ALARM0     REGISTER(0x40054010U)
#define TIMER_TIMERAWL   REGISTER(0x40054028U)
#define TIMER_INTR       REGISTER(0x40054034U)
#define TIMER_INTE       REGISTER(0x40054038U)
#define TIMER_INT_ALARM0 (1U << 0)

/* 4.7 Watchdog, whose ticks are microseconds */
#define WATCHDOG_CTRL        0x40058000U
#define WATCHDOG_CTRL_ENABLE (1U << 30)
#define WATCHDOG_LOAD        REGISTER(0x40058004U)
#define WATCHDOG_TICK        REGISTER(0x4005802CU)
#define WATCHDOG_TICK_ENABLE (1U << 9)

/* 2.3.2 Interrupts */
#define TIMER_IRQ_0 0U
#define UART0_IRQ   20U
#define IRQS        26U

/* 4.10.13 The serial interface to the flash, of which code is executed in place */
#define SSI_CTRLR0     REGISTER(0x18000000U)
#define SSI_CTRLR1     REGISTER(0x18000004U)
#define SSI_SSIENR     REGISTER(0x18000008U)
#define SSI_BAUDR      REGISTER(0x18000014U)
#define SSI_SPI_CTRLR0 REGISTER(0x180000F4U)

#endif /* RP2040_H */
