// What the conversation itself lacks: citations that open, clean copies and labels.

import { placeFromHref } from "/ui/source.js";

const PROMPT = "Ask your documents";

/** Watch the conversation; `source` opens citations. */
export function startChat(source) {
  document.addEventListener("click", (event) => citationClicked(event, source), true);
  document.addEventListener("click", (event) => copyClicked(event), true);
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

/** Put a question in the box and send it. */
export function ask(question) {
  const box = document.querySelector("#ask textarea");
  if (!box) return;
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, question);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  setTimeout(() => document.querySelector("#ask .submit-button")?.click(), 50);
}

/** Gradio copies the message's source, full of character references: put the words there after it. */
function copyClicked(event) {
  const control = event.target.closest?.("#chat button");
  if (!control || !/copy/i.test(control.getAttribute("aria-label") || control.title || "")) return;
  const message = control.closest(".message-buttons")?.previousElementSibling?.querySelector("[data-testid='bot']");
  if (!message || !navigator.clipboard) return;
  setTimeout(() => navigator.clipboard.writeText(plainText(message)).catch(() => {}), 80);
}

/** A message as plain text with its quotes and their places. */
export function plainText(message) {
  const lines = [];
  for (const part of message.querySelectorAll("p, a.vb-quote")) {
    if (!part.matches("a.vb-quote")) {
      lines.push(part.textContent.trim());
      continue;
    }
    const text = (name) => part.querySelector(name)?.textContent.trim() || "";
    const number = text(".vb-number");
    lines.push(`${number ? `[${number}] ` : ""}${text(".vb-place")}: “${text(".vb-text")}”`);
  }
  return lines.join("\n\n");
}

/** Gradio labels each answer with its source, which screen readers would read; and loses the prompt after a question. */
function relabel() {
  for (const message of document.querySelectorAll("#chat [data-testid='bot'][aria-label]")) message.removeAttribute("aria-label");
  const box = document.querySelector("#ask textarea");
  if (box && !box.placeholder) box.placeholder = PROMPT;
}
