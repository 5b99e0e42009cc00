// SPDX-License-Identifier: Apache-2.0
// What the page may load: itself. The meta tag, the server's header and the `_headers` file of static hosts are made from this.

const directives = {
  "default-src": "'none'",
  "script-src": "'self' 'wasm-unsafe-eval'",
  "style-src": "'self'",
  "img-src": "'self' blob: data:",
  "connect-src": "'self'",
  "worker-src": "'self' blob:",
  "manifest-src": "'self'",
  "base-uri": "'none'",
  "form-action": "'none'",
};

/** @param {{asHeader: boolean}} form  a header can also forbid framing; a meta tag cannot */
export function contentSecurityPolicy({ asHeader }) {
  const all = asHeader ? { ...directives, "frame-ancestors": "'none'" } : directives;
  return Object.entries(all).map(([name, value]) => `${name} ${value}`).join("; ");
}
