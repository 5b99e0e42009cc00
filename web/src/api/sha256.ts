// SPDX-License-Identifier: Apache-2.0

/** The engine hashes larger files piece by piece; the browser's own function wants them in memory. */
const maxBytes = 2 ** 28;

/** In hexadecimal digits; empty where the browser cannot tell, as on pages without HTTPS: then the engine computes it. */
export async function sha256Of(file: Blob): Promise<string> {
  if (!globalThis.crypto.subtle || file.size > maxBytes) return "";
  try {
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  } catch {
    return "";  // what cannot be read is told where it is loaded
  }
}
