// The source as text: its blocks with the quote marked. The server has cut the text; here it is only shown.

import { catchFocus, fetchJson, make } from "/ui/dom.js";

const TAGS = { code: "pre", quote: "blockquote" };

/** Show text in `body`; `address(rest)` is the route of the place at hand with more parameters. */
export function textView(body) {
  let address = null;

  function show(data, newAddress) {
    address = newAddress;
    const notes = data.notes.map((note) => make("p", { class: "vb-note" }, note));
    body.replaceChildren(...notes, ...data.blocks.map(block));
    if (data.first > 0) body.prepend(more("Show earlier text", "before", data.first));
    if (data.last < data.total) body.append(more("Show more text", "after", data.last));
  }

  /** Scroll to the quote, or to the beginning where none is marked. */
  function toQuote() {
    const mark = body.querySelector("mark:not(.vb-gap mark)");
    body.scrollTop = 0;
    if (!mark) return;
    const offset = mark.getBoundingClientRect().top - body.getBoundingClientRect().top;
    body.scrollTop = offset - Math.min(body.clientHeight / 3, 160);
  }

  function more(label, side, number) {
    const control = make("button", { type: "button", class: "vb-button vb-more" }, label);
    control.addEventListener("click", async () => {
      control.disabled = true;
      const asked = address;
      const data = await fetchJson(asked(`&${side}=${number}`)).catch((error) => ({ error }));
      if (asked !== address) return;
      if (data.error) {
        control.replaceWith(make("p", { class: "vb-note" }, data.error.message));
        return;
      }
      const height = body.scrollHeight;
      const added = data.blocks.map(block);
      if (side === "before" && data.first > 0) added.unshift(more(label, side, data.first));
      if (side === "after" && data.last < data.total) added.push(more(label, side, data.last));
      control.replaceWith(...added);
      catchFocus(body);
      if (side === "before") body.scrollTop += body.scrollHeight - height;
    });
    return control;
  }

  return { show, toQuote };
}

function block(data) {
  if (data.kind === "gap") return make("span", { class: "vb-gap", hidden: true }, ...data.parts.map(part));
  const tag = data.kind === "heading" ? `h${Math.min(data.level + 2, 6) || 3}` : TAGS[data.kind] || "p";
  const classes = `vb-${data.kind.replace("_", "-")}${data.continued ? " vb-continued" : ""}${data.flows ? " vb-flows" : ""}`;
  const element = make(tag, { class: classes, "data-level": data.level || null }, ...data.parts.map(part));
  if (data.page === null) return element;
  const page = make("div", { class: "vb-page", role: "separator", "aria-label": `Page ${data.page}` }, `Page ${data.page}`);
  const both = document.createDocumentFragment();
  both.append(page, element);
  return both;
}

function part(data) {
  return data.mark ? make("mark", {}, data.text) : document.createTextNode(data.text);
}
