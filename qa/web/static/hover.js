// The card that a quote's number shows while the pointer rests on it or it has the keyboard's focus.

import { make } from "/ui/dom.js";
import { citationAt, quotesBeside } from "/ui/gradio_bridge.js";

const WAIT_MS = 150;
const LEAVE_MS = 200;
const GAP = 6;
const EDGE = 8;

/** Watch the numbers in answers. On touch there is no card: a tap opens the source. */
export function startHover() {
  const card = new HoverCard();
  document.addEventListener("pointerover", (event) => event.pointerType === "mouse" && card.pointedAt(event.target));
  document.addEventListener("focusin", (event) => card.focused(event.target));
  document.addEventListener("focusout", () => card.hide());
  document.addEventListener("click", () => card.hide(), true);
  document.addEventListener("scroll", () => card.follow(), true);
  window.addEventListener("blur", () => card.hide());
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || card.isHidden) return;
      event.stopPropagation(); // the first Escape hides the card, the next one closes the panel
      card.hide();
    },
    true,
  );
}

/** The number of a quote in an answer at `target`, if there is one. */
function numberAt(target) {
  const link = citationAt(target);
  return link?.classList.contains("vb-quote") ? null : link;
}

class HoverCard {
  #location = make("p", { class: "vb-hover-location" });
  #words = make("p", { class: "vb-hover-words" });
  #card = make(
    "div",
    { id: "vb-hover", class: "vb-hover", role: "tooltip", hidden: true },
    this.#location,
    this.#words,
  );
  #number = null;
  #timer = null;

  constructor() {
    document.body.append(this.#card);
  }

  get isHidden() {
    return this.#card.hidden;
  }

  pointedAt(target) {
    const link = numberAt(target);
    if (link && link !== this.#number) this.#soon(() => link.isConnected && this.#show(link), WAIT_MS);
    else if (link || this.#card.contains(target)) clearTimeout(this.#timer);
    else if (this.#mayLeave()) this.#soon(() => this.hide(), LEAVE_MS);
  }

  focused(target) {
    const link = numberAt(target);
    if (link?.matches(":focus-visible")) this.#show(link);
    else this.hide();
  }

  hide() {
    clearTimeout(this.#timer);
    this.#card.hidden = true;
    if (!this.#number) return;
    this.#number.removeAttribute("aria-describedby");
    if (this.#number.dataset.title) this.#number.title = this.#number.dataset.title;
    this.#number = null;
  }

  follow() {
    if (this.#number) putBeside(this.#card, this.#number);
  }

  /** A card that was shown for the keyboard stays while its number has the focus. */
  #mayLeave() {
    return this.#number ? this.#number !== document.activeElement : this.#timer !== null;
  }

  #show(link) {
    const quote = quotesBeside(link).find((each) => each.getAttribute("href") === link.getAttribute("href"));
    if (!quote) return;
    this.hide();
    this.#number = link;
    this.#location.textContent = quote.querySelector(".vb-location")?.textContent || "";
    this.#words.textContent = quote.querySelector(".vb-text")?.textContent || "";
    if (link.title) {
      link.dataset.title = link.title; // the browser's own tooltip would cover this one
      link.removeAttribute("title");
    }
    link.setAttribute("aria-describedby", this.#card.id);
    this.#card.hidden = false;
    putBeside(this.#card, link);
  }

  #soon(work, wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(work, wait);
  }
}

/** Above the number, or below it where there is no room. */
function putBeside(card, link) {
  const at = link.getClientRects()[0];
  if (!at) return;
  const { width, height } = card.getBoundingClientRect();
  const left = Math.min(Math.max(at.left + at.width / 2 - width / 2, EDGE), window.innerWidth - width - EDGE);
  const above = at.top - GAP - height;
  card.style.left = `${left}px`;
  card.style.top = `${above >= EDGE ? above : at.bottom + GAP}px`;
}
