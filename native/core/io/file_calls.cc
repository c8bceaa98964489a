#include "core/io/file_calls.h"

#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/io/io_engine.h"

namespace varve::io {
namespace {

// statfs's f_type of the file systems that overwrite written blocks in place.
constexpr long kExtMagic = 0xEF53;
constexpr long kXfsMagic = 0x58465342;

// An extent with one of these is not simply overwritten.
constexpr uint32_t kNotInPlace = FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_ENCODED |
                                 FIEMAP_EXTENT_NOT_ALIGNED | FIEMAP_EXTENT_UNWRITTEN | FIEMAP_EXTENT_SHARED;

bool OverwritesInPlace(int fd) {
  struct statfs status;
  if (fstatfs(fd, &status) != 0) return false;
  return static_cast<long>(status.f_type) == kExtMagic || static_cast<long>(status.f_type) == kXfsMagic;
}

template <typename Call>
int64_t Transfer(IoRequest request, Call call) {
  for (;;) {
    const int64_t outcome =
        call(request.position + request.done, request.data + request.done, request.size - request.done);
    int64_t result = 0;
    if (AdvanceRequest(&request, outcome < 0 ? -errno : outcome, &result)) return result;
  }
}

}  // namespace

int64_t ReadFully(int fd, uint64_t position, uint8_t* into, uint64_t size, bool direct) {
  IoRequest request;
  request.operation = IoOperation::kRead;
  request.direct = direct;
  request.position = position;
  request.data = into;
  request.size = size;
  return Transfer(request, [fd](uint64_t at, uint8_t* data, uint64_t count) {
    return static_cast<int64_t>(pread(fd, data, count, static_cast<off_t>(at)));
  });
}

int64_t WriteFully(int fd, uint64_t position, const uint8_t* from, uint64_t size) {
  if (size == 0) return 0;
  IoRequest request;
  request.operation = IoOperation::kWrite;
  request.position = position;
  request.data = const_cast<uint8_t*>(from);  // Only read from: a request has one pointer for both directions.
  request.size = size;
  return Transfer(request, [fd](uint64_t at, const uint8_t* data, uint64_t count) {
    return static_cast<int64_t>(pwrite(fd, data, count, static_cast<off_t>(at)));
  });
}

int64_t SyncData(int fd) {
  // EINTR of fdatasync leaves open what was written: only a call that returned 0 counts, and a signal is no failure.
  while (fdatasync(fd) != 0) {
    if (errno != EINTR) return -errno;
  }
  return 0;
}

int64_t AllocateRange(int fd, uint64_t position, uint64_t size) {
  for (;;) {
    if (fallocate(fd, 0, static_cast<off_t>(position), static_cast<off_t>(size)) == 0) return 0;
    if (errno == EOPNOTSUPP) break;
    if (errno != EINTR) return -errno;
  }
  struct stat status;
  if (fstat(fd, &status) != 0) return -errno;
  const off_t end = static_cast<off_t>(position + size);
  if (status.st_size >= end) return 0;
  return ftruncate(fd, end) == 0 ? 0 : -errno;
}

int64_t TakeLock(int fd) {
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR) return -errno;
  }
  return 0;
}

int64_t MakeBuffered(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0) return -errno;
  return fcntl(fd, F_SETFL, flags & ~O_DIRECT) == 0 ? 0 : -errno;
}

uint64_t WrittenPrefixBytes(int fd) {
  constexpr uint32_t kExtents = 64;
  if (!OverwritesInPlace(fd)) return 0;
  alignas(struct fiemap) uint8_t memory[sizeof(struct fiemap) + kExtents * sizeof(struct fiemap_extent)];
  auto* map = reinterpret_cast<struct fiemap*>(memory);
  struct stat status;
  if (fstat(fd, &status) != 0) return 0;
  uint64_t prefix = 0;
  for (;;) {
    std::memset(memory, 0, sizeof(memory));
    map->fm_start = prefix;
    map->fm_length = FIEMAP_MAX_OFFSET - prefix;
    map->fm_extent_count = kExtents;
    if (ioctl(fd, FS_IOC_FIEMAP, map) != 0 || map->fm_mapped_extents == 0) break;
    const uint64_t before = prefix;
    for (uint32_t i = 0; i < map->fm_mapped_extents; i++) {
      const struct fiemap_extent& extent = map->fm_extents[i];
      if (extent.fe_logical > prefix || (extent.fe_flags & kNotInPlace) != 0) return prefix;
      prefix = std::max(prefix, static_cast<uint64_t>(extent.fe_logical + extent.fe_length));
      if ((extent.fe_flags & FIEMAP_EXTENT_LAST) != 0) return std::min(prefix, static_cast<uint64_t>(status.st_size));
    }
    if (prefix == before) break;
  }
  return std::min(prefix, static_cast<uint64_t>(status.st_size));
}

}  // namespace varve::io
