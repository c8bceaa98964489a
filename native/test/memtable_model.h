// The oracle of the memtable's tests: a std::map from (key, newest first) to value, and keys that share prefixes.
#ifndef VARVE_TEST_MEMTABLE_MODEL_H_
#define VARVE_TEST_MEMTABLE_MODEL_H_

#include <map>
#include <random>
#include <string>
#include <utility>

#include "core/entry.h"
#include "core/slice.h"

namespace varve {

inline Slice SliceOf(const std::string& bytes) {
  return Slice(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

inline std::string StringOf(Slice bytes) { return std::string(reinterpret_cast<const char*>(bytes.data), bytes.size); }

struct ModelKey {
  std::string key;
  uint64_t sequence;

  bool operator<(const ModelKey& other) const {
    const int order = SliceOf(key).compare(SliceOf(other.key));
    return order != 0 ? order < 0 : sequence > other.sequence;
  }
};

struct ModelValue {
  EntryType type;
  std::string value;
};

using Model = std::map<ModelKey, ModelValue>;

// Keys of several shapes: short over a small alphabet (many are prefixes of each other, the empty key among them), long
// shared beginnings, and any bytes (which fill the large nodes).
inline std::string RandomKey(std::mt19937_64& random) {
  std::string key;
  switch (random() % 4) {
    case 0:
      for (size_t size = random() % 7; size > 0; size--) key.push_back(static_cast<char>('a' + random() % 3));
      break;
    case 1:
      key.assign(10 + random() % 12, 'p');
      for (size_t size = random() % 5; size > 0; size--) key.push_back(static_cast<char>(random() % 4 * 85));
      break;
    case 2:
      key.assign(random() % 2, '\0');
      key.push_back(static_cast<char>(random()));
      key.push_back(static_cast<char>(random() % 70));
      break;
    default:
      key.assign(300, 'q');
      key[random() % 4 * 80] = static_cast<char>(random());
      key.resize(random() % 301);
  }
  return key;
}

}  // namespace varve

#endif  // VARVE_TEST_MEMTABLE_MODEL_H_
