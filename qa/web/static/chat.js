// What the conversation itself lacks: citations that open, the documents chosen, and clean labels.

import { placeFromHref } from "/ui/source.js";

const SETTLED_MS = 50;

/** Watch the conversation; `source` opens citations. */
export function startChat(source) {
  document.addEventListener("click", (event) => citationClicked(event, source), true);
  document.addEventListener("click", widenClicked, true);
  window.addEventListener("vb:scope", sendScope);
  document.addEventListener("input", ({ target }) => target.closest?.("#ask") && sendScope());
  new MutationObserver(relabel).observe(document.body, { childList: true, subtree: true });
}

function citationClicked(event, source) {
  const link = event.target.closest?.('a[href^="#c-"]');
  const place = link && placeFromHref(link.getAttribute("href"));
  if (!place || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  const quotes = quotesOf(link);
  const index = quotes.findIndex((quote) => quote.start === place.start && quote.document === place.document);
  source.open(place, { trigger: link, quotes: index < 0 ? [] : quotes, index });
}

function quotesOf(link) {
  const message = link.closest(".message, [data-testid='bot']");
  const cards = message ? [...message.querySelectorAll("a.vb-quote")] : [];
  return cards.map((card) => placeFromHref(card.getAttribute("href"))).filter(Boolean);
}

/** Fill one of Gradio's text fields as if it had been typed. */
export function fill(selector, text) {
  const box = document.querySelector(`${selector} textarea`);
  if (!box) return null;
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, text);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  return box;
}

/** Put a question in the box and send it. */
export function ask(question) {
  if (fill("#ask", question)) setTimeout(() => document.querySelector("#ask .submit-button")?.click(), SETTLED_MS);
}

// The documents chosen go with the question in a hidden field. It comes with Gradio, later than a choice can be made:
// so it is filled anew while a question is typed.
function sendScope() {
  fill("#scope", document.body.dataset.scope || "");
}

/** "Ask all documents" under an answer that found nothing in the documents chosen. */
function widenClicked(event) {
  const link = event.target.closest?.('#chat a[href="#widen"]');
  if (!link) return;
  event.preventDefault();
  event.stopPropagation();
  window.dispatchEvent(new CustomEvent("vb:widen"));
  sendScope(); // also where all are chosen already, and a kept answer was limited
  const row = link.closest(".bot-row");
  const question = row?.previousElementSibling?.querySelector("[data-testid='user']")?.textContent.trim();
  const last = [...document.querySelectorAll("#chat .bot-row")].at(-1) === row;
  const again = last && document.querySelector("#chat button[aria-label='Retry']");
  setTimeout(() => (again ? again.click() : ask(question || "")), SETTLED_MS);
}

// Questions come with every active sign as a reference, for Gradio reads Markdown and HTML in them (qa/web/chat.py).
function typed(text) {
  return text.replace(/&#(\d+);/g, (_, number) => String.fromCodePoint(number));
}

/** A question to be edited is shown as it was typed. */
function editAsTyped(box) {
  box.dataset.typed = "true";
  setTimeout(() => {
    box.value = typed(box.value);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

/** Gradio labels each message with its source, which screen readers would read. */
function relabel() {
  for (const box of document.querySelectorAll("#chat .edit-textarea:not([data-typed])")) editAsTyped(box);
  for (const message of document.querySelectorAll("#chat [data-testid='user'][aria-label*='&#']")) {
    message.setAttribute("aria-label", typed(message.getAttribute("aria-label")));
  }
  for (const message of document.querySelectorAll("#chat [data-testid='bot'][aria-label]")) message.removeAttribute("aria-label");
}
