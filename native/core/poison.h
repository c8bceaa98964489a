// Marks memory that nobody holds as out of bounds for AddressSanitizer, as if it had been freed; nothing in other
// builds.
#ifndef VARVE_CORE_POISON_H_
#define VARVE_CORE_POISON_H_

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) (static_cast<void>(address), static_cast<void>(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) (static_cast<void>(address), static_cast<void>(size))
#endif

#endif  // VARVE_CORE_POISON_H_
