/**
 * The records of a JSON file, one at a time, each with its line: the elements of one array, or the values of a file with one
 * value a line or so (JSON Lines). Reads the file as a stream; memory is bounded by the largest record.
 *
 * It only finds where records begin and end, by counting brackets outside strings; whether a record is good JSON is for its reader.
 */
import { createReadStream } from "node:fs";
import { VarveError } from "../errors.js";

export interface JsonRecord {
  /** Line of its first character, from 1. */
  line: number;
  text: string;
  /** Bytes of the file up to its end. */
  endOffset: number;
}

const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const blanks = new Set([0x20, 0x09, 0x0d, newline]);

/** Far beyond any item: a record this long is a broken file. */
const longestRecordBytes = 16 << 20;

export async function* readRecords(file: string): AsyncGenerator<JsonRecord> {
  const splitter = new RecordSplitter();
  for await (const chunk of createReadStream(file)) yield* splitter.push(chunk as Buffer);
  yield* splitter.end();
}

/** Where the splitter is: between records, in an object or array, or in anything else (which no item is). */
type Place = "between" | "nested" | "scalar";

export class RecordSplitter {
  private place: Place = "between";
  private line = 1;
  private recordLine = 1;
  private offset = 0;
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** Whether the file is one array; not known before its first byte that is no blank. */
  private inArray: boolean | undefined;
  private parts: Buffer[] = [];
  private partBytes = 0;

  *push(chunk: Buffer): Generator<JsonRecord> {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (this.place === "scalar" && this.endsScalar(byte)) {
        yield this.take(chunk.subarray(start, i), this.offset + i);
      }
      if (this.place === "between" && this.begins(byte)) start = i;
      else if (this.place === "nested" && this.endsNested(byte)) {
        yield this.take(chunk.subarray(start, i + 1), this.offset + i + 1);
      }
      if (byte === newline) this.line++;
    }
    if (this.place !== "between") this.keep(chunk.subarray(start));
    this.offset += chunk.length;
  }

  *end(): Generator<JsonRecord> {
    if (this.place !== "between") yield this.take(Buffer.alloc(0), this.offset);
  }

  private begins(byte: number): boolean {
    if (blanks.has(byte) || byte === comma) return false;
    const first = this.inArray === undefined;
    this.inArray ??= byte === openBracket;
    if (this.inArray && (first || byte === closeBracket)) return false;
    this.place = byte === openBrace || byte === openBracket ? "nested" : "scalar";
    this.depth = this.place === "nested" ? 1 : 0;
    this.recordLine = this.line;
    return true;
  }

  private endsScalar(byte: number): boolean {
    return byte === newline || (this.inArray === true && (byte === comma || byte === closeBracket));
  }

  private endsNested(byte: number): boolean {
    if (this.inString) {
      if (this.escaped) this.escaped = false;
      else if (byte === backslash) this.escaped = true;
      else if (byte === quote) this.inString = false;
      return false;
    }
    if (byte === quote) this.inString = true;
    else if (byte === openBrace || byte === openBracket) this.depth++;
    else if (byte === closeBrace || byte === closeBracket) this.depth--;
    return this.depth === 0;
  }

  private keep(bytes: Buffer): void {
    this.partBytes += bytes.length;
    if (this.partBytes > longestRecordBytes) {
      throw new VarveError(
        "INVALID_ARGUMENT",
        `the record at line ${this.recordLine} is longer than ${longestRecordBytes} bytes`,
      );
    }
    this.parts.push(bytes);
  }

  private take(last: Buffer, endOffset: number): JsonRecord {
    this.keep(last);
    const text = Buffer.concat(this.parts).toString("utf8").trim();
    this.parts = [];
    this.partBytes = 0;
    this.place = "between";
    this.inString = false;
    return { line: this.recordLine, text, endOffset };
  }
}
