/**
 * @file startup.h
 * @brief What the vector table names: the program and its interrupts, all in main.c
 */
#ifndef STARTUP_H
#define STARTUP_H

int main(void);
void SysTick_Handler(void);
void Timer0_Handler(void);
void Uart0_Handler(void);

#endif /* STARTUP_H */
