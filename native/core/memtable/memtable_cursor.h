// A walk over a memtable's entries: all versions (for a flush), or of each key only the newest that a reader at a
// sequence number sees (for reads, where a key written a million times must not cost a million steps).
//
// The memtable may be written between two calls. The cursor stands on a leaf and a version, which never move or vanish;
// its path through the nodes is found again from the leaf's key when the tree changed. So it misses no entry that is
// there when a step is taken, and a version that came later never hides one that the reader may see.
// Never stalls. Keeps the memtable alive. Its thread: the writer's, or any once the memtable is frozen.
#ifndef VARVE_CORE_MEMTABLE_MEMTABLE_CURSOR_H_
#define VARVE_CORE_MEMTABLE_MEMTABLE_CURSOR_H_

#include <memory>

#include "core/entry.h"
#include "core/memtable/memtable.h"
#include "core/memtable/radix_walk.h"

namespace varve {

class MemtableCursor final : public EntryCursor {
 public:
  // Shows every version.
  static std::unique_ptr<EntryCursor> AllVersions(std::shared_ptr<const Memtable> memtable);
  // Shows of each key the newest version at or below `sequence`, tombstones included.
  static std::unique_ptr<EntryCursor> VisibleAt(std::shared_ptr<const Memtable> memtable, uint64_t sequence);

  State Seek(Slice key, uint64_t sequence) override;
  // Stands on the oldest version of the key (that is shown), as entries are ordered newest first.
  State SeekForPrevious(Slice key) override;
  State SeekToFirst() override;
  State SeekToLast() override;
  State Next() override;
  // Among the versions of one key it walks the chain from its newest: it is for VisibleAt that this is cheap.
  State Previous() override;

  State state() const override { return version_ == nullptr ? State::kEnd : State::kEntry; }
  Slice key() const override { return walk_.leaf()->key(); }
  Slice value() const override { return version_->value(); }
  uint64_t sequence() const override { return version_->sequence(); }
  EntryType type() const override { return version_->type(); }

 private:
  MemtableCursor(std::shared_ptr<const Memtable> memtable, bool all_versions, uint64_t limit);

  void Refresh();
  State FirstShownForward(uint64_t sequence);
  State FirstShownBackward();

  const std::shared_ptr<const Memtable> memtable_;
  const bool all_versions_;
  // Versions above it are not shown.
  const uint64_t limit_;
  RadixWalk walk_;
  const MemtableVersion* version_ = nullptr;
};

}  // namespace varve

#endif  // VARVE_CORE_MEMTABLE_MEMTABLE_CURSOR_H_
