// The k-way merge against the model: all versions in order, both ways, with sources that stall at random.
#include "core/memtable/memtable_cursor.h"
#include "core/memtable/memtable_registry.h"
#include "core/read/merging_cursor.h"
#include "test/check.h"
#include "test/memtable_model.h"

using namespace varve;
using State = EntryCursor::State;

namespace {

// Stalls before some of the calls that move it, and then moves at the second try.
class StallingCursor final : public EntryCursor {
 public:
  StallingCursor(std::unique_ptr<EntryCursor> cursor, std::mt19937_64& random)
      : cursor_(std::move(cursor)), random_(random) {}

  State Seek(Slice key, uint64_t sequence) override { return Stall() ? State::kStalled : cursor_->Seek(key, sequence); }
  State SeekForPrevious(Slice key) override { return Stall() ? State::kStalled : cursor_->SeekForPrevious(key); }
  State SeekToFirst() override { return Stall() ? State::kStalled : cursor_->SeekToFirst(); }
  State SeekToLast() override { return Stall() ? State::kStalled : cursor_->SeekToLast(); }
  State Next() override { return Stall() ? State::kStalled : cursor_->Next(); }
  State Previous() override { return Stall() ? State::kStalled : cursor_->Previous(); }
  State state() const override { return stalled_ ? State::kStalled : cursor_->state(); }
  Slice key() const override { return cursor_->key(); }
  Slice value() const override { return cursor_->value(); }
  uint64_t sequence() const override { return cursor_->sequence(); }
  EntryType type() const override { return cursor_->type(); }

 private:
  bool Stall() { return stalled_ = !stalled_ && random_() % 3 == 0; }

  const std::unique_ptr<EntryCursor> cursor_;
  std::mt19937_64& random_;
  bool stalled_ = false;
};

// Repeats `move` until it no longer stalls.
template <typename Move>
State Persist(Move move) {
  State state = move();
  while (state == State::kStalled) state = move();
  return state;
}

void CheckAt(const MergingCursor& cursor, Model::const_iterator expected) {
  CHECK(cursor.state() == State::kEntry);
  CHECK(StringOf(cursor.key()) == expected->first.key);
  CHECK(cursor.sequence() == expected->first.sequence);
  CHECK(cursor.type() == expected->second.type);
  CHECK(StringOf(cursor.value()) == expected->second.value);
}

void TestMerge(uint64_t seed, size_t sources) {
  std::mt19937_64 random(seed);
  std::vector<std::shared_ptr<Memtable>> memtables;
  for (size_t i = 0; i < sources; i++) memtables.push_back(MemtableRegistry::Create(1));
  Model model;
  for (uint64_t sequence = 1; sequence <= 100 * sources; sequence++) {
    const std::string key = RandomKey(random);
    const EntryType type = random() % 4 == 0 ? EntryType::kDelete : EntryType::kPut;
    const std::string value = type == EntryType::kPut ? std::to_string(sequence) : "";
    memtables[random() % sources]->Apply({type, sequence, SliceOf(key), SliceOf(value)});
    model[{key, sequence}] = {type, value};
  }
  std::vector<std::unique_ptr<EntryCursor>> cursors;
  for (const auto& memtable : memtables) {
    cursors.push_back(std::make_unique<StallingCursor>(MemtableCursor::AllVersions(memtable), random));
  }
  MergingCursor merged(std::move(cursors));

  Persist([&] { return merged.SeekToFirst(); });
  for (auto at = model.begin(); at != model.end(); ++at) {
    CheckAt(merged, at);
    Persist([&] { return merged.Next(); });
  }
  CHECK(merged.state() == State::kEnd);
  Persist([&] { return merged.SeekToLast(); });
  for (auto at = model.rbegin(); at != model.rend(); ++at) {
    CheckAt(merged, std::prev(at.base()));
    Persist([&] { return merged.Previous(); });
  }
  CHECK(merged.state() == State::kEnd);

  for (int i = 0; i < 200; i++) {
    const std::string key = RandomKey(random);
    const uint64_t sequence = random() % (100 * sources);
    Persist([&] { return merged.Seek(SliceOf(key), sequence); });
    auto at = model.lower_bound({key, sequence});
    for (int step = 0; step < 5 && at != model.end(); step++, ++at) {
      CheckAt(merged, at);
      Persist([&] { return merged.Next(); });
    }
    CHECK((merged.state() == State::kEnd) == (at == model.end()));
    Persist([&] { return merged.SeekForPrevious(SliceOf(key)); });
    at = model.upper_bound({key, 0});
    CHECK((merged.state() == State::kEnd) == (at == model.begin()));
    if (at != model.begin()) CheckAt(merged, std::prev(at));
  }
}

}  // namespace

int main() {
  MergingCursor none{std::vector<std::unique_ptr<EntryCursor>>()};
  CHECK(none.SeekToFirst() == State::kEnd && none.SeekToLast() == State::kEnd);
  uint64_t seed = 0;
  for (const size_t sources : {1, 2, 3, 7, 20}) TestMerge(++seed, sources);
  return 0;
}
