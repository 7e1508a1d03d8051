// The page around the conversation: its frame, and what opens and closes in it.

import { startChat } from "/ui/chat.js";
import { startDocuments } from "/ui/documents.js";
import { icon, make } from "/ui/dom.js";
import { placeFromHref, startSource } from "/ui/source.js";

const WIDE = window.matchMedia("(min-width: 1100px)");

function frame() {
  const status = make("p", { id: "vb-status", role: "status" });
  const count = make("span", { class: "vb-count" });
  const toggle = make(
    "button",
    { type: "button", id: "vb-docs-toggle", class: "vb-button", "aria-controls": "vb-docs", "aria-expanded": "false" },
    icon("documents"),
    make("span", { class: "vb-label" }, "Documents"),
    count,
  );
  const logo = make("img", { src: "/ui/icon.svg", alt: "", width: "24", height: "24" });
  const header = make("header", { id: "vb-top" }, toggle, make("h1", {}, logo, "Verbatim"), status);
  const documents = make("nav", { id: "vb-docs", "aria-label": "Documents" });
  const source = make("aside", { id: "vb-source", "aria-label": "Source", tabindex: "-1", hidden: true });
  const shade = make("div", { id: "vb-shade" });
  document.body.prepend(header, documents);
  document.body.append(source, shade);
  return { status, count, toggle, documents, source, shade };
}

function startFolding({ toggle, documents, shade }) {
  const show = (open) => {
    document.body.classList.toggle("vb-docs-open", open);
    documents.inert = !open;
    toggle.setAttribute("aria-expanded", String(open));
  };
  const isOpen = () => document.body.classList.contains("vb-docs-open");
  toggle.addEventListener("click", () => show(!isOpen()));
  shade.addEventListener("click", () => show(false));
  WIDE.addEventListener("change", () => show(WIDE.matches));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || WIDE.matches || !isOpen()) return;
    event.stopImmediatePropagation();
    show(false);
    toggle.focus();
  });
  show(WIDE.matches);
  return { foldOnNarrow: () => WIDE.matches || show(false) };
}

const theme = new URLSearchParams(window.location.search).get("__theme");
if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
const parts = frame();
const folding = startFolding(parts);
const source = startSource(parts.source);
const chat = startChat(source, () => documents.pickFiles());
const documents = startDocuments(parts, {
  open: (place, trigger) => {
    folding.foldOnNarrow();
    source.open(place, { trigger });
  },
  changed: chat.showLibrary,
});

const linked = placeFromHref(window.location.hash);
if (linked) source.open(linked, {});
