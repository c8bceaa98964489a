// A tournament over k inputs (Knuth, The Art of Computer Programming 3, 5.4.1): inner nodes keep the loser of their
// match, so that after the winner moved on, one path of log2(k) matches gives the next winner. Knows nothing of what it
// compares.
#ifndef VARVE_CORE_MERGE_LOSER_TREE_H_
#define VARVE_CORE_MERGE_LOSER_TREE_H_

#include <cstdint>
#include <utility>
#include <vector>

namespace varve {

class LoserTree {
 public:
  // `wins(a, b)`: input a comes before input b. A strict total order. REQUIRES: count > 0
  template <typename Wins>
  void Build(uint32_t count, Wins wins) {
    losers_.assign(count, 0);
    std::vector<uint32_t> winners(size_t{count} * 2);
    for (uint32_t i = 0; i < count; i++) winners[count + i] = i;
    for (uint32_t node = count - 1; node > 0; node--) {
      uint32_t winner = winners[node * 2];
      uint32_t loser = winners[node * 2 + 1];
      if (wins(loser, winner)) std::swap(winner, loser);
      winners[node] = winner;
      losers_[node] = loser;
    }
    winner_ = winners[1];
  }

  // After the winner moved on. REQUIRES: built
  template <typename Wins>
  void Replay(Wins wins) {
    uint32_t winner = winner_;
    for (size_t node = (losers_.size() + winner) / 2; node > 0; node /= 2) {
      if (wins(losers_[node], winner)) std::swap(losers_[node], winner);
    }
    winner_ = winner;
  }

  uint32_t winner() const { return winner_; }

 private:
  std::vector<uint32_t> losers_;  // node 0 is not used
  uint32_t winner_ = 0;
};

}  // namespace varve

#endif  // VARVE_CORE_MERGE_LOSER_TREE_H_
