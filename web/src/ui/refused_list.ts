// SPDX-License-Identifier: Apache-2.0
// Files that could not be encoded, each with its reason. Fires "pith-dismiss-refused".
import type { Item, Session } from "../session";
import { find, setText } from "./elements";
import * as format from "./format";

const shownLimit = 100;

function row(item: Item): HTMLLIElement {
  const element = document.createElement("li");
  const name = document.createElement("strong");
  name.textContent = item.file.name;
  const reason = document.createElement("span");
  reason.textContent = format.sentence(item.error!.detail);
  const advice = document.createElement("span");
  advice.className = "muted";
  advice.textContent = item.error!.advice;
  const code = document.createElement("code");
  code.textContent = item.error!.code;
  element.append(name, reason, advice, code);
  return element;
}

export class RefusedList extends HTMLElement {
  #shownIds = "";

  connectedCallback(): void {
    find(this, "[data-action=dismiss]").addEventListener("click", () => this.dispatchEvent(new Event("pith-dismiss-refused", { bubbles: true })));
  }

  update(session: Session): void {
    const { refused } = session.counts;
    this.hidden = refused === 0;
    setText(find(this, "h3"), refused === 1 ? "1 file could not be encoded" : `${format.count(refused)} files could not be encoded`);
    const shown: Item[] = [];
    if (refused > 0) {
      for (const item of session.items) if (item.state === "refused" && shown.push(item) === shownLimit) break;
    }
    const ids = shown.map((item) => item.id).join();
    if (ids !== this.#shownIds) find(this, "ul").replaceChildren(...shown.map(row));
    this.#shownIds = ids;
    const more = find(this, ".more");
    more.hidden = refused <= shown.length;
    setText(more, `and ${format.count(refused - shown.length)} more`);
  }
}

customElements.define("pith-refused-list", RefusedList);
