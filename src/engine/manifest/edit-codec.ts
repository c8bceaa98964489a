/**
 * Edits as bytes: the payload of a manifest's frame.
 *
 *   payload := JSON text, UTF-8, of { "format": 1, "edit": edit }
 *   edit    := VersionEdit (version.ts), keys of entries as base64
 *
 * `decodeEdit` is a trust boundary: it hands out only what has the shape of an edit; whether the edit fits is `applyEdit`'s to say.
 */
import { isUtf8 } from "node:buffer";
import { VarveError } from "../../errors.js";
import {
  deepestPossibleLevel,
  type LogEnd,
  type PlacedSSTable,
  type SSTableMetadata,
  type VersionEdit,
} from "./version.js";

export const editFormatVersion = 1;

export function encodeEdit(edit: VersionEdit): Uint8Array {
  const { addFiles, ...rest } = edit;
  const plain = addFiles === undefined ? rest : { ...rest, addFiles: addFiles.map(plainFile) };
  return Buffer.from(JSON.stringify({ format: editFormatVersion, edit: plain }), "utf8");
}

function plainFile({ treeId, level, file }: PlacedSSTable): unknown {
  const smallestKey = Buffer.from(file.smallestKey).toString("base64");
  const largestKey = Buffer.from(file.largestKey).toString("base64");
  return { treeId, level, file: { ...file, smallestKey, largestKey } };
}

/** CORRUPTION when the bytes are no edit, FORMAT_NEWER when a later program wrote them. */
export function decodeEdit(payload: Uint8Array): VersionEdit {
  const outer = objectOf(parse(payload), "manifest payload");
  const format = countOf(outer.format, "format");
  if (format > editFormatVersion) {
    const message = `the manifest is of format ${format}; this program knows ${editFormatVersion}: use a newer one`;
    throw new VarveError("FORMAT_NEWER", message, { expected: editFormatVersion, got: format });
  }
  if (format < 1) throw broken("format", format);
  const from = objectOf(outer.edit, "edit");
  const edit: VersionEdit = {};
  for (const name of counts) if (from[name] !== undefined) edit[name] = countOf(from[name], name);
  for (const name of ["logNumbers", "failedZones"] as const) {
    if (from[name] !== undefined) edit[name] = listOf(from[name], name, (number) => countOf(number, name));
  }
  if (from.logEnd !== undefined) edit.logEnd = decodeLogEnd(from.logEnd);
  if (from.createTrees !== undefined) edit.createTrees = listOf(from.createTrees, "createTrees", decodeTree);
  if (from.dropTrees !== undefined)
    edit.dropTrees = listOf(from.dropTrees, "dropTrees", (id) => countOf(id, "tree id"));
  if (from.removeFiles !== undefined) edit.removeFiles = listOf(from.removeFiles, "removeFiles", decodeRemoval);
  if (from.addFiles !== undefined) edit.addFiles = listOf(from.addFiles, "addFiles", decodeFile);
  if (from.flushedSequences !== undefined) {
    edit.flushedSequences = listOf(from.flushedSequences, "flushedSequences", decodeFlushed);
  }
  return edit;
}

const counts = ["epoch", "nextFileNumber", "nextTreeId", "firstLogNumber", "scrubbedMs", "lastSequence"] as const;

type Members = Record<string, unknown>;

function decodeLogEnd(value: unknown): LogEnd {
  const { number, lastSequence } = objectOf(value, "end of the log");
  return { number: countOf(number, "log number"), lastSequence: countOf(lastSequence, "sequence") };
}

function decodeTree(value: unknown): { id: number; name: string } {
  const { id, name } = objectOf(value, "tree");
  if (typeof name !== "string") throw broken("a tree's name", name);
  return { id: countOf(id, "tree id"), name };
}

function decodeRemoval(value: unknown): { treeId: number; level: number; number: number } {
  const { treeId, level, number } = objectOf(value, "removed file");
  return { treeId: countOf(treeId, "tree id"), level: levelOf(level), number: countOf(number, "file number") };
}

function decodeFlushed(value: unknown): { treeId: number; sequence: number } {
  const { treeId, sequence } = objectOf(value, "flushed sequence");
  return { treeId: countOf(treeId, "tree id"), sequence: countOf(sequence, "sequence") };
}

function decodeFile(value: unknown): PlacedSSTable {
  const { treeId, level, file } = objectOf(value, "added file");
  const from = objectOf(file, "file");
  const count = (name: keyof SSTableMetadata): number => countOf(from[name], name);
  return {
    treeId: countOf(treeId, "tree id"),
    level: levelOf(level),
    file: {
      number: count("number"),
      sizeBytes: count("sizeBytes"),
      smallestKey: keyOf(from.smallestKey),
      largestKey: keyOf(from.largestKey),
      smallestSequence: count("smallestSequence"),
      largestSequence: count("largestSequence"),
      entryCount: count("entryCount"),
      tombstoneCount: count("tombstoneCount"),
      footerChecksum: count("footerChecksum"),
    },
  };
}

function parse(payload: Uint8Array): unknown {
  if (!isUtf8(payload)) throw broken("UTF-8", "other bytes");
  try {
    return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString("utf8"));
  } catch (cause) {
    throw new VarveError("CORRUPTION", "a frame of the manifest has a good checksum and is no JSON", { cause });
  }
}

function objectOf(value: unknown, what: string): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw broken(what, value);
  return value as Members;
}

function listOf<Item>(value: unknown, what: string, decode: (item: unknown) => Item): Item[] {
  if (!Array.isArray(value)) throw broken(what, value);
  return value.map(decode);
}

function countOf(value: unknown, what: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw broken(what, value);
  return value;
}

function levelOf(value: unknown): number {
  const level = countOf(value, "level");
  if (level > deepestPossibleLevel) throw broken("level", level);
  return level;
}

function keyOf(value: unknown): Uint8Array {
  if (typeof value !== "string") throw broken("a key", value);
  const key = Buffer.from(value, "base64");
  // Decoding passes over what is no base64.
  if (key.toString("base64") !== value) throw broken("a key", value);
  return new Uint8Array(key);
}

function broken(what: string, got: unknown): VarveError {
  const message = `a frame of the manifest has a good checksum and a broken grammar: ${what}`;
  return new VarveError("CORRUPTION", message, { got: typeof got === "number" ? got : typeof got });
}
