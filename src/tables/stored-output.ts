/**
 * Outputs of operations that hold items as they are stored (values/stored-item.ts): to JSON, which takes the stored bytes as they are,
 * and to plain objects. Both give the same: `outputJson(output)` is what JSON.stringify makes of the plain output.
 *
 * Items stand in `Item`, in `Items`, and in `Responses`: of BatchGetItem lists by table, of TransactGetItems objects with `Item`.
 */
import { StoredItem } from "./values/stored-item.js";

/** The output with every stored item decoded. The output itself, and what it holds, is changed: it is the operation's own. */
export function decodeStoredItems(output: object): object {
  replaceIn(output as Record<string, unknown>);
  return output;
}

function replaceIn(holder: Record<string, unknown> | unknown[]): void {
  const parts = holder as Record<string, unknown>;
  for (const name of Object.keys(parts)) {
    const value = parts[name];
    if (value instanceof StoredItem) parts[name] = value.item;
    else if (mayHoldItems(name, value)) replaceIn(value);
  }
}

/** Lists of items, and what stands between the output and them. Plain items are left alone: an attribute may have any name. */
function mayHoldItems(name: string, value: unknown): value is Record<string, unknown> | unknown[] {
  if (Array.isArray(value)) return value.some((element) => element instanceof StoredItem || hasStoredItem(element));
  return (name === "Responses" && typeof value === "object" && value !== null) || hasStoredItem(value);
}

function hasStoredItem(value: unknown): boolean {
  return typeof value === "object" && value !== null && (value as { Item?: unknown }).Item instanceof StoredItem;
}

/** The output's JSON in UTF-8. */
export function outputJson(output: object): Buffer {
  const json = new JsonBytes();
  json.addObject(output as Record<string, unknown>);
  return json.bytes();
}

/** JSON that is put together from texts and from bytes that are JSON already. */
class JsonBytes {
  private readonly parts: (string | Uint8Array)[] = [];
  /** What follows the parts. */
  private text = "";

  addObject(object: Record<string, unknown>): void {
    let separator = "{";
    for (const name of Object.keys(object)) {
      const value = object[name];
      if (value === undefined) continue;
      this.text += `${separator}${JSON.stringify(name)}:`;
      this.addValue(name, value);
      separator = ",";
    }
    this.text += separator === "{" ? "{}" : "}";
  }

  bytes(): Buffer {
    let length = Buffer.byteLength(this.text, "utf8");
    for (const part of this.parts) length += typeof part === "string" ? Buffer.byteLength(part, "utf8") : part.length;
    const bytes = Buffer.allocUnsafe(length);
    let end = 0;
    for (const part of this.parts) {
      if (typeof part === "string") end += bytes.write(part, end, "utf8");
      else {
        bytes.set(part, end);
        end += part.length;
      }
    }
    bytes.write(this.text, end, "utf8");
    return bytes;
  }

  private addValue(name: string, value: unknown): void {
    if (value instanceof StoredItem) {
      this.parts.push(this.text, value.jsonBytes());
      this.text = "";
    } else if (!mayHoldItems(name, value)) this.text += JSON.stringify(value);
    else if (Array.isArray(value)) this.addList(value);
    else this.addObject(value);
  }

  private addList(list: readonly unknown[]): void {
    let separator = "[";
    for (const element of list) {
      this.text += separator;
      this.addValue("", element);
      separator = ",";
    }
    this.text += "]";
  }
}
