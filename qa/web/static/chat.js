// What is pressed in the conversation: citations, and the link that searches all documents.

import { askAgain, citationAt, quotesBeside } from "/ui/gradio_bridge.js";
import { locationFromHref } from "/ui/source.js";

/** Watch the conversation: `source` opens citations, `askAll()` chooses all documents. */
export function startChat(source, askAll) {
  const handle = (event) => {
    if (openCitation(event, source) || widen(event, askAll)) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  document.addEventListener("click", handle, true);
}

function openCitation(event, source) {
  const link = citationAt(event.target);
  const location = link && locationFromHref(link.getAttribute("href"));
  if (!location || opensElsewhere(event)) return false;
  const quotes = quotesBeside(link)
    .map((card) => locationFromHref(card.getAttribute("href")))
    .filter(Boolean);
  const index = quotes.findIndex((quote) => quote.start === location.start && quote.document === location.document);
  source.open(location, { trigger: link, quotes: index < 0 ? [] : quotes, index });
  return true;
}

/** True for the keys by which the user asks for a new tab or window. */
const opensElsewhere = ({ metaKey, ctrlKey, shiftKey }) => metaKey || ctrlKey || shiftKey;

/** "Search all documents" under an answer that found nothing in the documents chosen. */
function widen(event, askAll) {
  const link = event.target.closest?.('a[href="#widen"]');
  if (!link) return false;
  askAll();
  askAgain(link);
  return true;
}
