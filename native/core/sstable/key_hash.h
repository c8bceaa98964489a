// The hash of user keys that filters use: XXH64 with seed 0, after the public specification of xxHash (Yann Collet,
// doc/xxhash_spec.md, section XXH64). Written to disk by way of the filters: never change it without a new filter
// format. src/engine/filter/key-hash.ts computes the same. Any thread may call it.
#ifndef VARVE_CORE_SSTABLE_KEY_HASH_H_
#define VARVE_CORE_SSTABLE_KEY_HASH_H_

#include <cstdint>

#include "core/slice.h"

namespace varve {

uint64_t KeyHash(Slice key);

}  // namespace varve

#endif  // VARVE_CORE_SSTABLE_KEY_HASH_H_
