// Giving the processor away for a moment, and finding out whether anybody took it.
#ifndef VARVE_CORE_IO_YIELDING_H_
#define VARVE_CORE_IO_YIELDING_H_

#include <sched.h>

#include <chrono>

namespace varve::io {

// True when another thread ran meanwhile: this one is in its way, and should rather sleep than look for work.
inline bool YieldsToOthers() {
  // By itself the call takes a microsecond or two; whoever was waiting keeps the processor for longer.
  constexpr std::chrono::microseconds kTaken(100);
  const auto before = std::chrono::steady_clock::now();
  sched_yield();
  return std::chrono::steady_clock::now() - before > kTaken;
}

}  // namespace varve::io

#endif  // VARVE_CORE_IO_YIELDING_H_
