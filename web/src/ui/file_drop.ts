// SPDX-License-Identifier: Apache-2.0
// Files by button, folder button, dropping and pasting. Fires "pith-files" with GivenFiles, "pith-samples", and while a drop is being
// read "pith-reading" with how many files were found so far.
import { type GivenFiles, isSystemFile, readDropped } from "../dropped_files";
import type { IncomingFile } from "../session";
import { find } from "./elements";

/** A folder that takes longer than this to read is told, and how far it is, as often. */
const tellEveryMs = 500;

function chosen(input: HTMLInputElement): IncomingFile[] {
  return [...(input.files ?? [])].filter((file) => !isSystemFile(file.name)).map((file) => {
    const parts = file.webkitRelativePath.split("/");
    return { file, folder: parts.length > 1 ? parts.at(-2)! : null, path: file.webkitRelativePath || null };
  });
}

/** Text goes into the field that it is pasted into, also where an office program lays a picture of it beside it. */
function isForField({ target, clipboardData }: ClipboardEvent): boolean {
  return target instanceof Element && target.matches(":read-write") && clipboardData!.types.includes("text/plain");
}

export class FileDrop extends HTMLElement {
  #readings = 0;
  #foundFiles = 0;

  connectedCallback(): void {
    for (const name of ["files", "folder"]) {
      const input = find<HTMLInputElement>(this, `[data-input=${name}]`);
      find(this, `[data-action=${name}]`).addEventListener("click", () => input.click());
      input.addEventListener("change", () => {
        this.#announceFiles(chosen(input));
        input.value = "";
      });
    }
    find(this, "[data-action=samples]").addEventListener("click", () => this.dispatchEvent(new Event("pith-samples", { bubbles: true })));
    this.#listenToDrops();
    document.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0 || isForField(event)) return;
      event.preventDefault();
      this.#announceFiles(files.map((file) => ({ file, folder: null, path: null })));
    });
  }

  /** Whether a drop is being read. */
  get isReading(): boolean {
    return this.#readings > 0;
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
    document.addEventListener("drop", (event) => {
      document.body.classList.remove("is-dragging");
      if (!event.dataTransfer || !carriesFiles(event)) return;
      event.preventDefault();
      void this.#read(event.dataTransfer);
    });
  }

  async #read(transfer: DataTransfer): Promise<void> {
    this.#readings++;
    const timer = window.setInterval(() => this.dispatchEvent(new CustomEvent("pith-reading", { detail: this.#foundFiles, bubbles: true })), tellEveryMs);
    try {
      this.#announce(await readDropped(transfer, () => this.#foundFiles++));
    } finally {
      clearInterval(timer);
      if (--this.#readings === 0) this.#foundFiles = 0;
    }
  }

  #announceFiles(files: IncomingFile[]): void {
    if (files.length > 0) this.#announce({ files, unreadable: { files: 0, folders: 0 } });
  }

  #announce(given: GivenFiles): void {
    this.dispatchEvent(new CustomEvent("pith-files", { detail: given, bubbles: true }));
  }
}

customElements.define("pith-file-drop", FileDrop);
