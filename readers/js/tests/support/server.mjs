// SPDX-License-Identifier: Apache-2.0
// A server of one file, with range requests, that keeps count of what it sends.
import { createServer } from "node:http";

/**
 * @param mode "ranges"; "whole" ignores ranges; "hidden" hides Content-Range as another origin's server may; "wrong" answers with
 *   another range; "short" ends its answers early; "missing" has no file
 * @returns {{url: string, requests: {method: string, range: string}[], sentBytes: () => number, close: () => Promise<void>}}
 */
export function serveFile(file, mode = "ranges") {
  const requests = [];
  let sent = 0;
  const server = createServer((request, response) => {
    const range = request.headers.range ?? "";
    requests.push({ method: request.method, range });
    response.setHeader("Access-Control-Allow-Origin", "*");
    if (mode === "missing") return response.writeHead(404).end();
    const asked = /^bytes=(\d+)-(\d+)$/.exec(range);
    if (request.method === "HEAD" || mode === "whole" || !asked) {
      response.writeHead(200, { "Content-Length": file.length });
      return response.end(request.method === "HEAD" ? undefined : file);
    }
    const from = Number(asked[1]) + (mode === "wrong" && asked[1] !== "0" ? 8 : 0);
    if (from >= file.length) return response.writeHead(416, { "Content-Range": `bytes */${file.length}` }).end();
    let part = file.subarray(from, Math.min(Number(asked[2]) + 1, file.length));
    const contentRange = `bytes ${from}-${from + part.length - 1}/${file.length}`;
    if (mode === "short") part = part.subarray(0, part.length - 1);
    sent += part.length;
    response.writeHead(206, { "Content-Length": part.length, ...(mode !== "hidden" && { "Content-Range": contentRange }) });
    return response.end(part);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const close = () => new Promise((done) => { server.close(done); server.closeAllConnections(); });
      resolve({ url: `http://127.0.0.1:${server.address().port}/set.pith`, requests, sentBytes: () => sent, close });
    });
  });
}
