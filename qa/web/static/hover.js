// The card that a quote's marker shows while the pointer rests on it or the keyboard stands on it.

import { make } from "/ui/dom.js";

const MARKER = '#chat a[href^="#c-"]:not(.vb-quote)';
const WAIT_MS = 150;
const LEAVE_MS = 200;
const GAP = 6;
const EDGE = 8;

/** Begin to watch the conversation's markers. The card says nothing on touch, where a tap opens the source. */
export function startHover() {
  const place = make("p", { class: "vb-hover-place" });
  const words = make("p", { class: "vb-hover-words" });
  const card = make("div", { id: "vb-hover", class: "vb-hover", role: "tooltip", hidden: true }, place, words);
  document.body.append(card);
  let marker = null;
  let timer = null;

  function show(link) {
    const quote = quoteOf(link);
    if (!quote) return;
    hide();
    marker = link;
    place.textContent = quote.querySelector(".vb-place")?.textContent || "";
    words.textContent = quote.querySelector(".vb-text")?.textContent || "";
    if (link.title) {
      link.dataset.title = link.title; // the browser's own card would cover this one
      link.removeAttribute("title");
    }
    link.setAttribute("aria-describedby", card.id);
    card.hidden = false;
    putBeside(card, link);
  }

  function hide() {
    clearTimeout(timer);
    card.hidden = true;
    if (!marker) return;
    marker.removeAttribute("aria-describedby");
    if (marker.dataset.title) marker.title = marker.dataset.title;
    marker = null;
  }

  function soon(work, wait) {
    clearTimeout(timer);
    timer = setTimeout(work, wait);
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse") return;
    const link = event.target.closest?.(MARKER);
    if (link && link !== marker) soon(() => link.isConnected && show(link), WAIT_MS);
    else if (link || card.contains(event.target)) clearTimeout(timer);
    else if (marker ? marker !== document.activeElement : timer) soon(hide, LEAVE_MS);
  });
  document.addEventListener("focusin", (event) => {
    const link = event.target.closest?.(MARKER);
    if (link?.matches(":focus-visible")) show(link);
    else hide();
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("click", hide, true);
  document.addEventListener("scroll", () => marker && putBeside(card, marker), true);
  window.addEventListener("blur", hide);
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== "Escape" || card.hidden) return;
      event.stopPropagation(); // the first Escape is the card's, the next one the panel's
      hide();
    },
    true,
  );
}

/** The card under the answer that has the marker's quote. */
function quoteOf(link) {
  const message = link.closest(".message, [data-testid='bot']");
  const href = link.getAttribute("href");
  return [...(message?.querySelectorAll("a.vb-quote") || [])].find((quote) => quote.getAttribute("href") === href);
}

/** Above the marker, or below it where there is no room. */
function putBeside(card, link) {
  const at = link.getClientRects()[0];
  if (!at) return;
  const { width, height } = card.getBoundingClientRect();
  const left = Math.min(Math.max(at.left + at.width / 2 - width / 2, EDGE), window.innerWidth - width - EDGE);
  const above = at.top - GAP - height;
  card.style.left = `${left}px`;
  card.style.top = `${above >= EDGE ? above : at.bottom + GAP}px`;
}
