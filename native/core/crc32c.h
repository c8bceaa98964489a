// CRC-32C (Castagnoli, polynomial 0x1EDC6F41 reflected), as in RFC 3720 appendix B.4.
// With the SSE4.2 instruction where the processor has it, else by a table of eight (Sarwate, slicing by 8).
// Any thread may call it.
#ifndef VARVE_CORE_CRC32C_H_
#define VARVE_CORE_CRC32C_H_

#include <cstddef>
#include <cstdint>

namespace varve {

// The checksum of the bytes that gave `seed` (0 for none) followed by `data`.
uint32_t Crc32c(uint32_t seed, const uint8_t* data, size_t size);

// The table-driven form whatever the processor: the oracle of the fast one.
uint32_t Crc32cPortable(uint32_t seed, const uint8_t* data, size_t size);

}  // namespace varve

#endif  // VARVE_CORE_CRC32C_H_
