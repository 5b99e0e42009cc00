// SPDX-License-Identifier: Apache-2.0
// The images of this visit and what became of them. Knows nothing of the screen.
import type { Label, LabelColumn } from "./api/containers";
import { type EngineError, type Extraction, pageError, type Thumbnail } from "./api/result";
import { EngineUnavailable, type WorkerPool, WorkerUnavailable } from "./worker/pool";

/** Only so many images are shown, and only they get a thumbnail. */
export const shownImagesLimit = 200;
const thumbnailSidePx = 192;

export interface IncomingFile {
  file: File;
  /** The folder that the file lay in, where a folder was given. */
  folder: string | null;
}

export type ItemState = "waiting" | "working" | "done" | "refused";

export interface Item {
  id: number;
  file: File;
  folder: string | null;
  state: ItemState;
  features: Float32Array<ArrayBuffer> | null;
  sizePx: { width: number; height: number } | null;
  thumbnail: Thumbnail | null;
  error: EngineError | null;
}

export interface Counts {
  waiting: number;
  working: number;
  done: number;
  refused: number;
  doneBytes: number;
}

function keyOf({ file, folder }: IncomingFile): string {
  return [folder ?? "", file.webkitRelativePath, file.name, file.size, file.lastModified].join("\0");
}

/** Fires "change" after every change, and "unavailable" (a CustomEvent with an EngineError) where nothing can be encoded. */
export class Session extends EventTarget {
  #items = new Map<number, Item>();
  #keys = new Map<string, number>();
  #removed: Item[] = [];
  #waiting: Item[] = [];
  #counts: Counts = { waiting: 0, working: 0, done: 0, refused: 0, doneBytes: 0 };
  #nextId = 1;
  #pool: WorkerPool | null = null;
  #isStopped = false;

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
    return this.#counts.working > 0 || (this.#counts.waiting > 0 && !this.#isStopped);
  }

  /** Encodes with these workers from now on. What others encoded or refused is encoded again. */
  useEngine(pool: WorkerPool): void {
    this.#pool = pool;
    for (const item of [...this.#items.values(), ...this.#removed]) {
      if (item.state !== "done" && item.state !== "refused") continue;
      item.features = item.error = null;
      this.#setState(item, "waiting");
    }
    this.#waiting = [...this.#items.values()].filter((item) => item.state === "waiting");
    this.#pump();
    this.#changed();
  }

  /** @returns how many were new; a file that is in the list already is not added twice */
  add(incoming: IncomingFile[]): number {
    let added = 0;
    for (const entry of incoming) {
      const key = keyOf(entry);
      if (this.#keys.has(key)) continue;
      const item: Item = { id: this.#nextId++, ...entry, state: "waiting", features: null, sizePx: null, thumbnail: null, error: null };
      this.#insert(item, key);
      added++;
    }
    this.#isStopped = false;
    this.#pump();
    this.#changed();
    return added;
  }

  /** Takes items off the list. `undo` brings the last ones back; one that is being encoded meanwhile is finished all the same. */
  remove(ids: Iterable<number>): number {
    const removed: Item[] = [];
    for (const id of ids) {
      const item = this.#items.get(id);
      if (!item) continue;
      this.#items.delete(id);
      this.#keys.delete(keyOf(item));
      this.#count(item, -1);
      removed.push(item);
    }
    this.#waiting = this.#waiting.filter((item) => this.#items.has(item.id));
    if (removed.length > 0) this.#removed = removed;
    this.#changed();
    return removed.length;
  }

  undo(): void {
    for (const item of this.#removed) {
      if (!this.#keys.has(keyOf(item))) this.#insert(item, keyOf(item));
    }
    this.#removed = [];
    this.#items = new Map([...this.#items].sort(([a], [b]) => a - b));
    this.#pump();
    this.#changed();
  }

  /** Begins no further image. The ones that are being encoded are finished. */
  stop(): void {
    this.#isStopped = true;
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

  #insert(item: Item, key: string): void {
    this.#items.set(item.id, item);
    this.#keys.set(key, item.id);
    this.#count(item, 1);
    if (item.state === "waiting") this.#waiting.push(item);
  }

  #count(item: Item, by: 1 | -1): void {
    this.#counts[item.state] += by;
    if (item.state === "done") this.#counts.doneBytes += by * item.file.size;
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
