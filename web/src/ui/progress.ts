// SPDX-License-Identifier: Apache-2.0
// How far the encoding is. Fires "pith-stop", "pith-resume" and "pith-drop-rest".
import type { Session } from "../session";
import { find, setText } from "./elements";
import * as format from "./format";

/** The rate is taken over so long a time, so that it follows but does not jump. */
const rateWindowMs = 8000;
/** A screen reader is told at most so often, and at each tenth. */
const announceEveryMs = 10_000;

export class ProgressView extends HTMLElement {
  #samples: { timeMs: number; finished: number }[] = [];
  #announced = { timeMs: 0, tenth: 0, wasEncoding: false };

  connectedCallback(): void {
    for (const action of ["stop", "resume", "drop-rest"]) {
      find(this, `[data-action=${action}]`).addEventListener("click", () => this.dispatchEvent(new Event(`pith-${action}`, { bubbles: true })));
    }
  }

  update(session: Session, featureCount: number): void {
    const { waiting, working, done, refused } = session.counts;
    const finished = done + refused;
    const total = finished + waiting + working;
    this.hidden = total === 0;
    setText(find(this, ".progress-done"), format.count(done));
    setText(find(this, ".progress-total"), session.isEncoding || waiting > 0 ? `of ${format.count(total)} encoded` : done === 1 ? "image encoded" : "images encoded");
    const bar = find<HTMLProgressElement>(this, "progress");
    bar.max = Math.max(total, 1);
    bar.value = finished;
    const rate = this.#rate(finished, session.isEncoding);
    const detail = this.#detail(session, rate, featureCount);
    setText(find(this, ".progress-detail"), detail);
    const faint = format.faint(session.counts.faint);
    setText(find(this, ".progress-faint"), faint);
    find(this, ".progress-faint").hidden = faint === "";
    this.#showButtons(session);
    this.#announce(session, finished, total, detail);
  }

  /** Images a second, or null while that is not known. */
  #rate(finished: number, isEncoding: boolean): number | null {
    const now = performance.now();
    if (!isEncoding) {
      this.#samples = [];
      return null;
    }
    const last = this.#samples.at(-1);
    if (last && finished < last.finished) this.#samples = [];
    this.#samples.push({ timeMs: now, finished });
    while (this.#samples.length > 2 && now - this.#samples[0]!.timeMs > rateWindowMs) this.#samples.shift();
    const first = this.#samples[0]!;
    const seconds = (now - first.timeMs) / 1000;
    return seconds > 0.4 && finished > first.finished ? (finished - first.finished) / seconds : null;
  }

  #detail(session: Session, rate: number | null, featureCount: number): string {
    const { waiting, working, done } = session.counts;
    if (session.isStopped && waiting > 0) return `Stopped. ${format.images(waiting)} ${waiting === 1 ? "is" : "are"} left.`;
    if (!session.isEncoding) return done > 0 ? `${format.count(featureCount)} numbers for each image` : "";
    if (rate === null) return "Encoding …";
    return `${format.rate(rate)} images a second, about ${format.duration((waiting + working) / rate)} left`;
  }

  #showButtons(session: Session): void {
    const isHalted = session.isStopped && session.counts.waiting > 0;
    find(this, "[data-action=stop]").hidden = !session.isEncoding || session.isStopped;
    find(this, "[data-action=resume]").hidden = !isHalted;
    find(this, "[data-action=drop-rest]").hidden = !isHalted;
  }

  #announce(session: Session, finished: number, total: number, detail: string): void {
    const now = performance.now();
    const tenth = Math.floor((10 * finished) / Math.max(total, 1));
    const hasEnded = this.#announced.wasEncoding && !session.isEncoding;
    const isDue = session.isEncoding && (tenth !== this.#announced.tenth || now - this.#announced.timeMs > announceEveryMs)
      && now - this.#announced.timeMs > 2000;
    if (hasEnded || isDue) {
      const refused = session.counts.refused > 0 ? `, ${format.count(session.counts.refused)} refused` : "";
      setText(find(this, "[role=status]"), `${format.count(session.counts.done)} of ${format.images(total)} encoded${refused}. ${detail} ${format.faint(session.counts.faint)}`.trim());
      this.#announced.timeMs = now;
      this.#announced.tenth = tenth;
    }
    this.#announced.wasEncoding = session.isEncoding;
  }
}

customElements.define("pith-progress", ProgressView);
