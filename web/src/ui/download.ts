// SPDX-License-Identifier: Apache-2.0
// Hands a finished file to the user.

/** A file name made of the title's letters and digits. */
export function fileName(title: string): string {
  const plain = title.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60);
  return `${plain || "features"}.pith`;
}

export function download(file: Uint8Array<ArrayBuffer>, name: string): void {
  const url = URL.createObjectURL(new Blob([file], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads the Blob after the click was handled.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
