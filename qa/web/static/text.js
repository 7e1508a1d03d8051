// The source as text: its blocks with the quote marked. The server has cut the text; here it is only shown.

import { catchFocus, fetchJson, make } from "/ui/dom.js";

const TAGS = { code: "pre", quote: "blockquote" };

/** Shows text in `body`. */
export class TextView {
  #body;
  #address = null;

  constructor(body) {
    this.#body = body;
  }

  /** Show the server's answer; `address(rest)` is the route of the current location with more parameters. */
  show(data, address) {
    this.#address = address;
    const notes = data.notes.map((note) => make("p", { class: "vb-notice" }, note));
    this.#body.replaceChildren(...notes, ...this.#withMore(data, true, true));
  }

  /** Scroll to the quote, or to the beginning where none is marked. */
  toQuote() {
    const body = this.#body;
    const mark = body.querySelector("mark:not(.vb-gap mark)");
    body.scrollTop = 0;
    if (!mark) return;
    const offset = mark.getBoundingClientRect().top - body.getBoundingClientRect().top;
    body.scrollTop = offset - Math.min(body.clientHeight / 3, 160);
  }

  /** The blocks, with buttons for what comes before and after them. */
  #withMore(data, before, after) {
    const blocks = data.blocks.map(block);
    if (before && data.first > 0) blocks.unshift(this.#more("Show earlier text", "before", data.first));
    if (after && data.last < data.total) blocks.push(this.#more("Show more text", "after", data.last));
    return blocks;
  }

  #more(label, side, number) {
    const control = make("button", { type: "button", class: "vb-button vb-more" }, label);
    control.addEventListener("click", () => this.#extend(control, side, number));
    return control;
  }

  async #extend(control, side, number) {
    control.disabled = true;
    const address = this.#address;
    const data = await fetchJson(address(`&${side}=${number}`)).catch((error) => ({ error }));
    if (address !== this.#address) return;
    if (data.error) {
      control.replaceWith(make("p", { class: "vb-notice" }, data.error.message));
      return;
    }
    const isBefore = side === "before";
    const height = this.#body.scrollHeight;
    control.replaceWith(...this.#withMore(data, isBefore, !isBefore));
    catchFocus(this.#body);
    if (isBefore) this.#body.scrollTop += this.#body.scrollHeight - height;
  }
}

function block(data) {
  const parts = data.parts.map(part);
  if (data.kind === "gap") return make("span", { class: "vb-gap", hidden: true }, ...parts);
  const tag = data.kind === "heading" ? `h${Math.min(data.level + 2, 6) || 3}` : TAGS[data.kind] || "p";
  const element = make(tag, { class: classesOf(data), "data-level": data.level || null }, ...parts);
  if (data.page === null) return element;
  const label = `Page ${data.page}`;
  const both = document.createDocumentFragment();
  both.append(make("div", { class: "vb-page", role: "separator", "aria-label": label }, label), element);
  return both;
}

function classesOf({ kind, continued, flows }) {
  const names = [`vb-${kind.replace("_", "-")}`, continued && "vb-continued", flows && "vb-flows"];
  return names.filter(Boolean).join(" ");
}

function part(data) {
  return data.mark ? make("mark", {}, data.text) : document.createTextNode(data.text);
}
