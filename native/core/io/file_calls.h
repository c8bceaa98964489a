// The blocking system calls on file descriptors, with their loops: each returns bytes (or 0) or a negative errno.
// Any thread may call them; none keeps a pointer.
#ifndef VARVE_CORE_IO_FILE_CALLS_H_
#define VARVE_CORE_IO_FILE_CALLS_H_

#include <cstddef>
#include <cstdint>

namespace varve::io {

// Bytes read, fewer than `size` only at the end of the file.
int64_t ReadFully(int fd, uint64_t position, uint8_t* into, uint64_t size, bool direct);
// `size`, or an error.
int64_t WriteFully(int fd, uint64_t position, const uint8_t* from, uint64_t size);
int64_t SyncData(int fd);
// Reserves the range; the file grows to its end. Where the file system has no fallocate the size is set instead.
int64_t AllocateRange(int fd, uint64_t position, uint64_t size);
// Takes the exclusive lock of the open file (flock), which goes with the descriptor. -EWOULDBLOCK when another has it.
int64_t TakeLock(int fd);
// Takes O_DIRECT from an open file, for a file system that accepted it at open and refuses it at the first transfer.
int64_t MakeBuffered(int fd);
// How far from its start the file is known to be overwritten in place: mapped, written, unshared extents without a
// hole, on a file system that never moves written blocks (ext4, XFS). A write below that changes no metadata that a
// flush of another file would not wait for. 0 when unknown.
uint64_t WrittenPrefixBytes(int fd);

}  // namespace varve::io

#endif  // VARVE_CORE_IO_FILE_CALLS_H_
