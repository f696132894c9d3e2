/**
 * @file memory.h
 * @brief The functions of <string.h> that gcc calls by itself, for cores whose compiler comes without a C library
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

void* memcpy(void* destination, const void* source, size_t count);
void* memmove(void* destination, const void* source, size_t count);
void* memset(void* destination, int value, size_t count);
int memcmp(const void* left, const void* right, size_t count);

#endif /* MEMORY_H */
