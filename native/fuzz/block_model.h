// What a data block holds by its grammar (core/sstable/block_builder.h), decoded the plain way: the oracle of the
// targets that read blocks.
//
// Stricter than the readers, which check what they read: here every restart is checked, too. Of a block that is sound
// in this sense every reader must give exactly these entries; of any other a reader may say that it is corrupt, but
// must end.
#ifndef VARVE_FUZZ_BLOCK_MODEL_H_
#define VARVE_FUZZ_BLOCK_MODEL_H_

#include <string>
#include <vector>

#include "core/sstable/block_reader.h"
#include "core/sstable/block_scanner.h"
#include "fuzz/fuzz_input.h"

namespace varve::fuzz {

struct ModelEntry {
  std::string key;
  uint64_t sequence;
  EntryType type;
  std::string value;

  bool operator==(const ModelEntry& other) const {
    return key == other.key && sequence == other.sequence && type == other.type && value == other.value;
  }
};

inline std::string TextOf(Slice bytes) { return std::string(reinterpret_cast<const char*>(bytes.data), bytes.size); }
inline Slice SliceOf(const std::string& text) {
  return Slice(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

// Whether `a` stands before `b`: by key, then the newer first.
inline bool IsBefore(const ModelEntry& a, const ModelEntry& b) {
  const int order = SliceOf(a.key).compare(SliceOf(b.key));
  return order < 0 || (order == 0 && a.sequence > b.sequence);
}

template <typename Cursor>
ModelEntry EntryOf(const Cursor& cursor) {
  return {TextOf(cursor.key()), cursor.sequence(), cursor.type(), TextOf(cursor.value())};
}

// False when the block is not sound; `entries` are then those in front of the fault.
inline bool DecodeModel(Slice block, std::vector<ModelEntry>* entries) {
  BlockReader reader;
  BlockScanner scanner;
  if (!reader.Open(block) || !scanner.StartAt(reader, 0)) return false;
  uint32_t restart = 0;
  BlockScanner::Step step;
  while ((step = scanner.Next()) == BlockScanner::Step::kEntry) {
    entries->push_back(EntryOf(scanner));
    if (restart == reader.restart_count() || scanner.at() != reader.RestartAt(restart)) continue;
    BlockEntry stored;
    ParseBlockEntry(scanner.at(), reader.limit(), &stored);
    const auto value_at = static_cast<uint64_t>(scanner.value().data - reader.values().data);
    if (stored.shared != 0 || reader.RestartValueAt(restart) != value_at) return false;
    restart++;
  }
  return step == BlockScanner::Step::kEnd && restart == reader.restart_count();
}

// Of entries in order, the place of the first at or behind (key, sequence).
inline size_t LowerBound(const std::vector<ModelEntry>& entries, Slice key, uint64_t sequence) {
  size_t i = 0;
  while (i < entries.size()) {
    const int order = SliceOf(entries[i].key).compare(key);
    if (order > 0 || (order == 0 && entries[i].sequence <= sequence)) break;
    i++;
  }
  return i;
}

}  // namespace varve::fuzz

#endif  // VARVE_FUZZ_BLOCK_MODEL_H_
