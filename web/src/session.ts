// SPDX-License-Identifier: Apache-2.0
// The images of this visit and what became of them. Knows nothing of the screen.
import type { Label, LabelColumn } from "./api/containers";
import { type EngineError, type Extraction, pageError, type Thumbnail } from "./api/result";
import { haveSameContent } from "./same_content";
import { EngineUnavailable, type WorkerPool, WorkerUnavailable } from "./worker/pool";

/** Only so many images are shown, and only they get a thumbnail. */
export const shownImagesLimit = 200;
const thumbnailSidePx = 192;

export interface IncomingFile {
  file: File;
  /** The folder that the file lay in, where a folder was given. */
  folder: string | null;
  /** The file's place below a folder that was given. It tells files apart, and is never saved. */
  path: string | null;
}

export type ItemState = "waiting" | "working" | "done" | "refused";

export interface Item extends IncomingFile {
  id: number;
  state: ItemState;
  features: Float32Array<ArrayBuffer> | null;
  sizePx: { width: number; height: number } | null;
  isFaint: boolean;
  thumbnail: Thumbnail | null;
  error: EngineError | null;
}

export interface Counts {
  waiting: number;
  working: number;
  done: number;
  refused: number;
  /** Of those that are done, the ones that are nearly black to the network. */
  faint: number;
  doneBytes: number;
}

/** What files have in common that are taken for the same one. */
function keyOf({ file, path }: IncomingFile): string {
  return [path ?? "", file.name, file.size, file.lastModified].join("\0");
}

/** Fires "change" after every change, and "unavailable" (a CustomEvent with an EngineError) where nothing can be encoded. */
export class Session extends EventTarget {
  #items = new Map<number, Item>();
  #idsByKey = new Map<string, number[]>();
  #removed: { items: Item[]; nextId: number } = { items: [], nextId: 0 };
  #waiting: Item[] = [];
  #counts: Counts = { waiting: 0, working: 0, done: 0, refused: 0, faint: 0, doneBytes: 0 };
  #nextId = 1;
  #pool: WorkerPool | null = null;
  #isStopped = false;
  #savedIds = new Set<number>();

  /** All items, in the order in which they were added. */
  get items(): Iterable<Item> {
    return this.#items.values();
  }
  get size(): number {
    return this.#items.size;
  }
  get counts(): Readonly<Counts> {
    return this.#counts;
  }
  get isStopped(): boolean {
    return this.#isStopped;
  }
  get isEncoding(): boolean {
    return this.#counts.working > 0 || (this.#counts.waiting > 0 && !this.#isStopped && this.#pool !== null);
  }
  /** Whether no image was ever added. */
  get isUntouched(): boolean {
    return this.#nextId === 1;
  }
  /** Whether there is an image that no file holds as it is encoded now. Looks at every item. */
  get hasUnsaved(): boolean {
    for (const { id, state } of this.#items.values()) if (state !== "refused" && !this.#savedIds.has(id)) return true;
    return false;
  }

  /** @param pool  that encoded them: what another one encodes by now is not saved */
  markSaved(items: Iterable<Item>, pool: WorkerPool): void {
    if (pool === this.#pool) for (const { id } of items) this.#savedIds.add(id);
  }

  /** Encodes with these workers from now on. What others encoded or refused is encoded again. */
  useEngine(pool: WorkerPool): void {
    this.#pool = pool;
    this.#isStopped = false;
    this.#savedIds.clear();
    for (const item of [...this.#items.values(), ...this.#removed.items]) {
      if (item.state !== "done" && item.state !== "refused") continue;
      item.features = item.error = null;
      this.#setState(item, "waiting");
    }
    this.#waiting = [...this.#items.values()].filter((item) => item.state === "waiting");
    this.#pump();
    this.#changed();
  }

  /**
   * New files are listed at once. One that looks like another, without a path that tells them apart, is compared with it first.
   * @returns how many were new; a file that is in the list already is not added twice
   */
  async add(incoming: IncomingFile[]): Promise<number> {
    const alike: IncomingFile[] = [];
    let added = 0;
    for (const entry of incoming) {
      if (this.#idsByKey.has(keyOf(entry))) {
        alike.push(entry);
        continue;
      }
      this.#append(entry);
      added++;
    }
    this.#isStopped = false;
    this.#pump();
    this.#changed();
    for (const entry of alike) {
      if (entry.path !== null || (await this.#holds(entry))) continue;
      this.#append(entry);
      added++;
      this.#pump();
      this.#changed();
    }
    return added;
  }

  /** Takes items off the list. `undo` brings the last ones back; one that is being encoded meanwhile is finished all the same. */
  remove(ids: Iterable<number>): number {
    const removed: Item[] = [];
    for (const id of ids) {
      const item = this.#items.get(id);
      if (!item) continue;
      this.#takeOff(item);
      removed.push(item);
    }
    this.#waiting = this.#waiting.filter((item) => this.#items.has(item.id));
    if (removed.length > 0) this.#removed = { items: removed, nextId: this.#nextId };
    this.#changed();
    return removed.length;
  }

  undo(): void {
    const { items, nextId } = this.#removed;
    for (const item of items) {
      const isBack = this.#idsByKey.get(keyOf(item))?.some((id) => id >= nextId);
      if (!isBack) this.#insert(item);
    }
    this.#removed = { items: [], nextId: 0 };
    this.#items = new Map([...this.#items].sort(([a], [b]) => a - b));
    this.#pump();
    this.#changed();
  }

  /** Begins no further image, where there are any. The ones that are being encoded are finished. */
  stop(): void {
    this.#isStopped = this.#counts.waiting > 0;
    this.#changed();
  }

  resume(): void {
    this.#isStopped = false;
    this.#pump();
    this.#changed();
  }

  /** The encoded items, with their folders as labels where wanted. */
  records(labelsFromFolders: boolean): { labelColumns: LabelColumn[]; records: { item: Item; labels: Label[] }[] } {
    const done = [...this.#items.values()].filter((item) => item.state === "done");
    if (!labelsFromFolders) return { labelColumns: [], records: done.map((item) => ({ item, labels: [] })) };
    const categories = this.folders();
    const numbers = new Map(categories.map((name, index) => [name, index]));
    const label = (item: Item): Label => (item.folder === null ? null : { category: numbers.get(item.folder)! });
    return {
      labelColumns: [{ name: "folder", type: "categorical", categories }],
      records: done.map((item) => ({ item, labels: [label(item)] })),
    };
  }

  /** The names of the encoded images' folders, sorted. */
  folders(): string[] {
    const names = new Set<string>();
    for (const item of this.#items.values()) if (item.folder !== null && item.state === "done") names.add(item.folder);
    return [...names].sort();
  }

  #append(entry: IncomingFile): void {
    this.#insert({ id: this.#nextId++, ...entry, state: "waiting", features: null, sizePx: null, isFaint: false, thumbnail: null, error: null });
  }

  #insert(item: Item): void {
    const key = keyOf(item);
    this.#items.set(item.id, item);
    this.#idsByKey.set(key, [...(this.#idsByKey.get(key) ?? []), item.id]);
    this.#count(item, 1);
    if (item.state === "waiting") this.#waiting.push(item);
  }

  #takeOff(item: Item): void {
    const key = keyOf(item);
    const others = this.#idsByKey.get(key)!.filter((id) => id !== item.id);
    if (others.length > 0) this.#idsByKey.set(key, others);
    else this.#idsByKey.delete(key);
    this.#items.delete(item.id);
    this.#count(item, -1);
  }

  /** Whether one of the files that look like this one is the same to the byte. */
  async #holds(entry: IncomingFile): Promise<boolean> {
    for (const id of this.#idsByKey.get(keyOf(entry)) ?? []) {
      const item = this.#items.get(id);
      if (item && (await haveSameContent(item.file, entry.file))) return true;
    }
    return false;
  }

  #count(item: Item, by: 1 | -1): void {
    this.#counts[item.state] += by;
    if (item.state !== "done") return;
    this.#counts.doneBytes += by * item.file.size;
    if (item.isFaint) this.#counts.faint += by;
  }

  #setState(item: Item, state: ItemState): void {
    const isListed = this.#items.get(item.id) === item;
    if (isListed) this.#count(item, -1);
    item.state = state;
    if (isListed) this.#count(item, 1);
  }

  #pump(): void {
    while (this.#pool?.hasRoom && !this.#isStopped) {
      const item = this.#waiting.shift();
      if (!item) return;
      void this.#encode(item, this.#pool);
    }
  }

  async #encode(item: Item, pool: WorkerPool): Promise<void> {
    this.#setState(item, "working");
    const wantsThumbnail = this.#positionIsShown(item);
    try {
      const result = await pool.extract(item.file, wantsThumbnail ? thumbnailSidePx : 0);
      if (pool !== this.#pool) this.#putBack(item);
      else if (result.ok) this.#accept(item, result.value);
      else this.#refuse(item, result.error);
    } catch (error) {
      if (pool !== this.#pool || error instanceof WorkerUnavailable || error instanceof EngineUnavailable) this.#putBack(item);
      else this.#refuse(item, pageError("internalError", String(error), "Report this with the text of the message."));
      if (pool === this.#pool && error instanceof EngineUnavailable) {
        this.#isStopped = true;
        this.dispatchEvent(new CustomEvent("unavailable", { detail: error.reason }));
      }
    }
    this.#pump();
    this.#changed();
  }

  #accept(item: Item, extraction: Extraction): void {
    item.features = extraction.features;
    item.sizePx = { width: extraction.width, height: extraction.height };
    item.isFaint = extraction.isFaint;
    item.thumbnail = extraction.thumbnail;
    this.#setState(item, "done");
  }

  #refuse(item: Item, error: EngineError): void {
    item.error = error;
    this.#setState(item, "refused");
  }

  #putBack(item: Item): void {
    this.#setState(item, "waiting");
    if (this.#items.has(item.id)) this.#waiting.unshift(item);
  }

  #positionIsShown(item: Item): boolean {
    // Identifiers grow with the position, so only a long list needs counting.
    if (this.#items.size <= shownImagesLimit) return true;
    let position = 0;
    for (const id of this.#items.keys()) {
      if (id === item.id) return true;
      if (++position >= shownImagesLimit) return false;
    }
    return false;
  }

  #changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}
