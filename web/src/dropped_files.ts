// SPDX-License-Identifier: Apache-2.0
// Files of a drop. Folders are read to their ends; what cannot be read is counted, and the rest is there all the same.
import type { IncomingFile } from "./session";

export interface Unreadable {
  files: number;
  folders: number;
}

/** What a user gave, by whichever way. */
export interface GivenFiles {
  files: IncomingFile[];
  unreadable: Unreadable;
}

/** Files that systems put into folders on their own. */
export const isSystemFile = (name: string) => name.startsWith(".") || /^(thumbs\.db|desktop\.ini|icon\r)$/i.test(name);

class Reading {
  unreadable: Unreadable = { files: 0, folders: 0 };
  #onFile: () => void;

  constructor(onFile: () => void) {
    this.#onFile = onFile;
  }

  async read(entry: FileSystemEntry, folder: string | null): Promise<IncomingFile[]> {
    if (entry.isDirectory) return this.#readFolder(entry as FileSystemDirectoryEntry);
    try {
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      this.#onFile();
      return [{ file, folder, path: folder === null ? null : entry.fullPath.replace(/^\//, "") }];
    } catch {
      this.unreadable.files++;
      return [];
    }
  }

  async #readFolder(entry: FileSystemDirectoryEntry): Promise<IncomingFile[]> {
    const found: IncomingFile[] = [];
    try {
      const reader = entry.createReader();
      for (;;) {
        // A reader gives at most a hundred entries at a time.
        const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
        if (entries.length === 0) break;
        const lists = await Promise.all(entries.filter(({ name }) => !isSystemFile(name)).map((child) => this.read(child, entry.name)));
        for (const list of lists) for (const file of list) found.push(file);
      }
    } catch {
      this.unreadable.folders++;
    }
    return found;
  }
}

/** @param onFile  called for each file that was found */
export async function readDropped(transfer: DataTransfer, onFile: () => void): Promise<GivenFiles> {
  const reading = new Reading(onFile);
  // Entries and files must be taken at once: the transfer is emptied when the event is over.
  const taken = [...transfer.items].filter((item) => item.kind === "file").map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const lists = await Promise.all(taken.map(({ entry, file }): Promise<IncomingFile[]> | IncomingFile[] => {
    if (entry) return reading.read(entry, null);
    return file ? [{ file, folder: null, path: null }] : [];
  }));
  return { files: lists.flat(), unreadable: reading.unreadable };
}
