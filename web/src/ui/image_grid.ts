// SPDX-License-Identifier: Apache-2.0
// Thumbnails of the first images: one tab stop, arrow keys, Delete removes. Fires "pith-remove" with an Item's id.
import { type Item, type Session, shownImagesLimit } from "../session";
import { find, setText } from "./elements";
import * as format from "./format";

const stateWords = { waiting: "waiting", working: "being encoded", done: "encoded", refused: "refused" };

export class ImageGrid extends HTMLElement {
  #tiles = new Map<number, HTMLElement>();
  #list!: HTMLElement;
  #template!: HTMLTemplateElement;

  connectedCallback(): void {
    this.#list = find(this, "ul");
    this.#template = find<HTMLTemplateElement>(document, "#tile-template");
    this.#list.addEventListener("keydown", (event) => this.#onKey(event));
    this.#list.addEventListener("focusin", (event) => this.#setCurrent((event.target as HTMLElement).closest<HTMLElement>(".tile")));
    this.#list.addEventListener("click", (event) => {
      const tile = (event.target as HTMLElement).closest<HTMLElement>(".tile");
      if (tile && (event.target as HTMLElement).closest(".tile-remove")) this.#remove(tile);
    });
  }

  /** Shows every item that was not refused, up to the limit. */
  update(session: Session): void {
    const shown: Item[] = [];
    for (const item of session.items) {
      if (shown.length === shownImagesLimit) break;
      if (item.state !== "refused") shown.push(item);
    }
    const ids = new Set(shown.map((item) => item.id));
    for (const [id, tile] of this.#tiles) if (!ids.has(id)) this.#drop(id, tile);
    shown.forEach((item, index) => this.#place(item, index));
    this.hidden = shown.length === 0;
    this.#showMore(session.size - session.counts.refused - shown.length);
    if (!this.#list.querySelector("[tabindex='0']")) this.#setCurrent(this.#list.querySelector<HTMLElement>(".tile"));
  }

  #showMore(count: number): void {
    const more = find(this, ".more");
    more.hidden = count <= 0;
    setText(more, `and ${format.count(count)} more, not shown`);
  }

  #drop(id: number, tile: HTMLElement): void {
    const hadFocus = tile.contains(document.activeElement);
    const neighbour = (tile.nextElementSibling ?? tile.previousElementSibling) as HTMLElement | null;
    tile.remove();
    this.#tiles.delete(id);
    if (hadFocus) (neighbour ?? document.querySelector<HTMLElement>("#images"))?.focus();
  }

  #place(item: Item, index: number): void {
    const tile = this.#tiles.get(item.id) ?? this.#create(item);
    if (this.#list.children[index] !== tile) this.#list.insertBefore(tile, this.#list.children[index] ?? null);
    if (tile.dataset.state !== item.state) this.#show(tile, item);
  }

  #create(item: Item): HTMLElement {
    const tile = find(this.#template.content.cloneNode(true) as DocumentFragment, ".tile");
    tile.dataset.id = String(item.id);
    find(tile, ".tile-name").textContent = item.file.name;
    this.#tiles.set(item.id, tile);
    return tile;
  }

  #show(tile: HTMLElement, item: Item): void {
    tile.dataset.state = item.state;
    const dimensions = item.sizePx ? `, ${item.sizePx.width} by ${item.sizePx.height} pixels` : "";
    tile.setAttribute("aria-label", `${item.file.name}, ${stateWords[item.state]}${dimensions}`);
    tile.title = `${item.file.name}${dimensions}`;
    if (item.thumbnail && !tile.querySelector("canvas")) {
      const { width, height, rgba } = item.thumbnail;
      const canvas = document.createElement("canvas");
      canvas.width = width;
      canvas.height = height;
      canvas.getContext("2d")?.putImageData(new ImageData(new Uint8ClampedArray(rgba.buffer), width, height), 0, 0);
      find(tile, ".tile-picture").append(canvas);
    }
  }

  #setCurrent(tile: HTMLElement | null): void {
    if (!tile) return;
    for (const other of this.#list.querySelectorAll("[tabindex='0']")) other.setAttribute("tabindex", "-1");
    tile.tabIndex = 0;
  }

  #remove(tile: HTMLElement): void {
    this.dispatchEvent(new CustomEvent("pith-remove", { detail: Number(tile.dataset.id), bubbles: true }));
  }

  #onKey(event: KeyboardEvent): void {
    const tile = (event.target as HTMLElement).closest<HTMLElement>(".tile");
    if (!tile) return;
    const tiles = [...this.#list.children] as HTMLElement[];
    const position = tiles.indexOf(tile);
    const columns = tiles.filter((other) => other.offsetTop === tiles[0]!.offsetTop).length;
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns,
      Home: -position, End: tiles.length - 1 - position };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      tiles[position + step]?.focus();
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.#remove(tile);
    }
  }
}

customElements.define("pith-image-grid", ImageGrid);
