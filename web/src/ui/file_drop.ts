// SPDX-License-Identifier: Apache-2.0
// Files by button, folder button, dropping and pasting. Fires "pith-files" with IncomingFile[], and "pith-samples".
import type { IncomingFile } from "../session";
import { find } from "./elements";

/** Files that systems put into folders on their own. */
const isSystemFile = (name: string) => name.startsWith(".") || /^(thumbs\.db|desktop\.ini)$/i.test(name);

async function readFolder(entry: FileSystemDirectoryEntry): Promise<IncomingFile[]> {
  const reader = entry.createReader();
  const found: IncomingFile[] = [];
  for (;;) {
    // A reader gives at most a hundred entries at a time.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (entries.length === 0) return found;
    for (const child of entries) if (!isSystemFile(child.name)) found.push(...(await readEntry(child, entry.name)));
  }
}

async function readEntry(entry: FileSystemEntry, folder: string | null): Promise<IncomingFile[]> {
  if (entry.isDirectory) return readFolder(entry as FileSystemDirectoryEntry);
  const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
  return [{ file, folder }];
}

async function readDropped(transfer: DataTransfer): Promise<IncomingFile[]> {
  // Entries and files must be taken at once: the transfer is emptied when the event is over.
  const taken = [...transfer.items].filter((item) => item.kind === "file").map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const lists = await Promise.all(taken.map(({ entry, file }) => {
    if (entry) return readEntry(entry, null);
    return file ? [{ file, folder: null }] : [];
  }));
  return lists.flat();
}

function chosen(input: HTMLInputElement): IncomingFile[] {
  return [...(input.files ?? [])].filter((file) => !isSystemFile(file.name)).map((file) => {
    const parts = file.webkitRelativePath.split("/");
    return { file, folder: parts.length > 1 ? parts.at(-2)! : null };
  });
}

export class FileDrop extends HTMLElement {
  connectedCallback(): void {
    for (const name of ["files", "folder"]) {
      const input = find<HTMLInputElement>(this, `[data-input=${name}]`);
      find(this, `[data-action=${name}]`).addEventListener("click", () => input.click());
      input.addEventListener("change", () => {
        this.#announce(chosen(input));
        input.value = "";
      });
    }
    find(this, "[data-action=samples]").addEventListener("click", () => this.dispatchEvent(new Event("pith-samples", { bubbles: true })));
    this.#listenToDrops();
    document.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length > 0) event.preventDefault();
      this.#announce(files.map((file) => ({ file, folder: null })));
    });
  }

  /** The whole page takes files, so that a near miss does not open the image in place of the page. */
  #listenToDrops(): void {
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    document.addEventListener("dragover", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      event.dataTransfer!.dropEffect = "copy";
      document.body.classList.add("is-dragging");
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) document.body.classList.remove("is-dragging");
    });
    document.addEventListener("drop", async (event) => {
      document.body.classList.remove("is-dragging");
      if (!event.dataTransfer || !carriesFiles(event)) return;
      event.preventDefault();
      try {
        this.#announce(await readDropped(event.dataTransfer));
      } catch {
        this.dispatchEvent(new Event("pith-unreadable", { bubbles: true }));
      }
    });
  }

  #announce(files: IncomingFile[]): void {
    if (files.length > 0) this.dispatchEvent(new CustomEvent("pith-files", { detail: files, bubbles: true }));
  }
}

customElements.define("pith-file-drop", FileDrop);
