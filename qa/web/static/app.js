// The page around the conversation: its frame, and what opens and closes in it.

import { startAnswerControls } from "/ui/answer_controls.js";
import { startChat } from "/ui/chat.js";
import { startConversations } from "/ui/conversations.js";
import { Documents } from "/ui/documents.js";
import { make } from "/ui/dom.js";
import { conversationArea, startBridge } from "/ui/gradio_bridge.js";
import { startHover } from "/ui/hover.js";
import { startLanguageModel } from "/ui/language_model.js";
import { SourcePanel } from "/ui/source.js";
import { startWelcome } from "/ui/welcome.js";

const WIDE = window.matchMedia("(min-width: 1100px)");

function frame() {
  const get = (id) => document.getElementById(id);
  const toggle = get("vb-docs-toggle");
  return {
    toggle,
    count: toggle.querySelector(".vb-count"),
    status: get("vb-status"),
    said: get("vb-status-said"),
    documents: get("vb-docs"),
    conversations: get("vb-conversations"),
    conversation: conversationArea(),
    source: get("vb-source"),
    shade: get("vb-shade"),
  };
}

// On a wide screen the documents are a column that folds; on a narrow one a drawer over the conversation and the
// source, which cannot be reached behind it.
function startFolding({ toggle, documents, conversation, source, shade }) {
  const body = document.body.classList;
  const isOpen = () => (WIDE.matches ? !body.contains("vb-docs-folded") : body.contains("vb-docs-open"));
  const show = (open) => {
    if (WIDE.matches) body.toggle("vb-docs-folded", !open);
    else body.toggle("vb-docs-open", open);
    tell();
  };
  const tell = () => {
    toggle.setAttribute("aria-expanded", String(isOpen()));
    conversation.inert = source.inert = isOpen() && !WIDE.matches;
  };
  const shut = () => {
    if (WIDE.matches || !isOpen()) return false;
    show(false);
    toggle.focus();
    return true;
  };
  toggle.addEventListener("click", () => {
    show(!isOpen());
    if (!WIDE.matches && isOpen()) documents.querySelector("button")?.focus();
  });
  shade.addEventListener("click", shut);
  WIDE.addEventListener("change", tell);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shut()) event.stopImmediatePropagation();
  });
  tell();
  return { unfold: () => show(true), foldOnNarrow: shut };
}

function start() {
  const theme = new URLSearchParams(window.location.search).get("__theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  const parts = frame();
  const folding = startFolding(parts);
  const source = new SourcePanel(parts.source);
  const welcome = startWelcome(() => documents.pickFiles());
  startBridge();
  startHover();
  startAnswerControls();
  startConversations(parts.conversations, folding.foldOnNarrow);
  const documents = new Documents(parts, {
    open: (location, trigger) => source.open(location, { trigger: folding.foldOnNarrow() ? parts.toggle : trigger }),
    changed: (status, titles) => {
      welcome.showLibrary(status, titles);
      languageModel.show(status);
    },
    uploading: folding.unfold,
  });
  startChat(source, () => documents.scope.chooseAll());
  const settings = make("div", { class: "vb-settings" });
  parts.documents.append(settings);
  const languageModel = startLanguageModel(settings, () => documents.look());
  source.openLink();
}

start();
