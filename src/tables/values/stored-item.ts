/**
 * An item as it is stored, for answers that give it whole: over HTTP the stored JSON is spliced in as it is, in process it is decoded when
 * it is needed. Its bytes come from blocks that passed their checksums, so only the header is checked here; `item` checks everything.
 *
 * Holds the bytes it was made with, which must not change.
 */
import type { Item } from "./attribute-value.js";
import { decodeItem, itemJsonBytes, mayHoldBinary, peekSizeBytes } from "./item-encoding.js";

export class StoredItem {
  private decoded: Item | undefined;
  /** The item's size by the service's rules. */
  readonly sizeBytes: number;

  /** Throws CORRUPTION when the header is damaged. */
  constructor(private readonly bytes: Uint8Array) {
    this.sizeBytes = peekSizeBytes(bytes);
  }

  /** The item in the wire's shape. Throws CORRUPTION on bytes that are no stored item. */
  get item(): Item {
    return (this.decoded ??= decodeItem(this.bytes).item);
  }

  /** Whether the SDK's shape may differ from the wire's. */
  get mayHoldBinary(): boolean {
    return mayHoldBinary(this.bytes);
  }

  /** The item's JSON as the wire has it, in UTF-8. */
  jsonBytes(): Uint8Array {
    return itemJsonBytes(this.bytes);
  }
}

/** An item of an answer: as stored when it is given whole, else made from it. */
export type AnswerItem = Item | StoredItem;
