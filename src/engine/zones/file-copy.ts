/**
 * Whole files: read one into memory, copy one from a zone to another.
 *
 * A copy is written under a temporary name, made durable, then renamed into place: a file of a zone is there whole or not at
 * all. Memory is bounded by one chunk.
 */
import { VarveError } from "../../errors.js";
import { type File, type Io } from "../../io/io.js";
import { withDeadline } from "./deadline.js";
import { temporarySuffix } from "./file-names.js";

export interface CopyOptions {
  direct: boolean;
  /** How long a call may take; past it the copy is given up. */
  hangMs: number;
}

const chunkBytes = 1 << 20;

/** The bytes of a small file; CORRUPTION when it is longer than `mostBytes`. */
export async function readWholeFile(io: Io, path: string, mostBytes: number): Promise<Uint8Array> {
  const file = await io.files.open(path, { access: "read", direct: false });
  try {
    const sizeBytes = await file.sizeBytes();
    if (sizeBytes > mostBytes) {
      throw new VarveError("CORRUPTION", `${path} is longer than it can be`, {
        path,
        expected: mostBytes,
        got: sizeBytes,
      });
    }
    const bytes = new Uint8Array(sizeBytes);
    return bytes.subarray(0, await file.read(0, bytes));
  } finally {
    await file.close();
  }
}

/** Reads `[position, position + length)` as the blocks of a chunk; a check may throw. */
export type ChunkSource = (position: number, into: Uint8Array) => Promise<void>;

/**
 * Makes `toDirectory/fileName` of `sizeBytes` from what `source` gives. Durable when it resolves; nothing is left when it fails, unless the
 * device does not answer. Errors: those of the source; IO_ERROR, with errno ETIMEDOUT when a call takes too long; NO_SPACE.
 */
export async function writeWholeFile(
  io: Io,
  source: ChunkSource,
  toDirectory: string,
  fileName: string,
  sizeBytes: number,
  { direct, hangMs }: CopyOptions,
): Promise<void> {
  const path = `${toDirectory}/${fileName}`;
  const bounded: Bounded = (work) => withDeadline(io.timers, hangMs, path, work);
  // A name of its own: the late calls of a writer, or of a copy that was given up, must not meet this one.
  const temporary = `${path}.copy-${Buffer.from(io.random.bytes(4)).toString("hex")}${temporarySuffix}`;
  const to = await bounded(io.files.open(temporary, { access: "create", direct }));
  try {
    await copyChunks(io, source, to, sizeBytes, bounded);
    await bounded(to.sync());
    await bounded(to.close());
    await bounded(io.files.rename(temporary, path));
    await bounded(io.files.syncDirectory(toDirectory));
  } catch (error) {
    await bounded(to.close()).catch(() => undefined);
    await bounded(io.files.remove(temporary)).catch(() => undefined);
    throw error;
  }
}

type Bounded = <T>(work: Promise<T>) => Promise<T>;

async function copyChunks(io: Io, source: ChunkSource, to: File, sizeBytes: number, bounded: Bounded): Promise<void> {
  const buffer = io.files.allocate(Math.min(chunkBytes, sizeBytes));
  for (let position = 0; position < sizeBytes; position += chunkBytes) {
    const chunk = buffer.subarray(0, Math.min(chunkBytes, sizeBytes - position));
    await source(position, chunk);
    await bounded(to.write(position, chunk));
  }
}
