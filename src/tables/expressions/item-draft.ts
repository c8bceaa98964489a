/**
 * A new item that shares with the old one whatever is not written: copy on write, one container at a time.
 *
 * Every index means the lists as they were: elements are removed and appended only when the draft is finished, removed ones
 * first, appended ones in the order of the indexes that they were written to. No two writes may overlap.
 */
import { invariant } from "../../errors.js";
import {
  getAttribute,
  setAttribute,
  type AttributeMap,
  type AttributeValue,
  type Item,
} from "../values/attribute-value.js";
import { memberOf, type Path, type PathSegment } from "./path.js";

interface ListChanges {
  readonly removed: Set<number>;
  readonly appended: { readonly index: number; readonly value: AttributeValue }[];
}

export class ItemDraft {
  readonly #item: Item;
  /** Maps and lists that are the draft's own, and may be written. */
  readonly #own = new Set<AttributeMap | AttributeValue[]>();
  readonly #lists = new Map<AttributeValue[], ListChanges>();

  constructor(item: Item) {
    this.#item = { ...item };
  }

  /** The path's parent must be there, and a map or list as the last step needs. */
  set(path: Path, value: AttributeValue): void {
    const { parent, last } = this.#locate(path);
    if (typeof last === "string") {
      setAttribute(parent as AttributeMap, last, value);
      return;
    }
    const list = parent as AttributeValue[];
    if (last < list.length) list[last] = value;
    else this.#changesOf(list).appended.push({ index: last, value });
  }

  /** As `set`; does nothing when there is no such element or attribute. */
  remove(path: Path): void {
    const { parent, last } = this.#locate(path);
    if (typeof last === "number") {
      this.#changesOf(parent as AttributeValue[]).removed.add(last);
    } else {
      // A plain `delete` of a name that only the prototype has does nothing, as it should.
      Reflect.deleteProperty(parent, last);
    }
  }

  /** The new item. The draft must not be used any more. */
  finish(): Item {
    for (const [list, { removed, appended }] of this.#lists) {
      let length = 0;
      list.forEach((value, index) => {
        if (!removed.has(index)) list[length++] = value;
      });
      list.length = length;
      appended.sort((left, right) => left.index - right.index);
      for (const { value } of appended) list.push(value);
    }
    return this.#item;
  }

  #changesOf(list: AttributeValue[]): ListChanges {
    let changes = this.#lists.get(list);
    if (changes === undefined) {
      changes = { removed: new Set(), appended: [] };
      this.#lists.set(list, changes);
    }
    return changes;
  }

  /** Makes every container on the way the draft's own. */
  #locate(path: Path): { parent: AttributeMap | AttributeValue[]; last: PathSegment } {
    let container: AttributeMap | AttributeValue[] = this.#item;
    for (const segment of path.slice(0, -1)) container = this.#ownMember(container, segment);
    return { parent: container, last: path[path.length - 1] as PathSegment };
  }

  #ownMember(container: AttributeMap | AttributeValue[], segment: PathSegment): AttributeMap | AttributeValue[] {
    const value = Array.isArray(container)
      ? memberOf({ L: container }, segment)
      : getAttribute(container, segment as string);
    invariant(value !== undefined && ("M" in value || "L" in value), "the parent of a written path is there");
    const content = "M" in value ? value.M : value.L;
    if (this.#own.has(content)) return content;
    const copy = Array.isArray(content) ? [...content] : { ...content };
    this.#own.add(copy);
    const copied: AttributeValue = Array.isArray(copy) ? { L: copy } : { M: copy };
    if (Array.isArray(container)) container[segment as number] = copied;
    else setAttribute(container, segment as string, copied);
    return copy;
  }
}
