// The only file that knows Gradio's page: its elements, the events it listens to, and how long it takes.

const MESSAGE = ".message, [data-testid='bot']";
const ACCEPTED_MS = 50; // Gradio takes over the text of a field a moment after it was put in
const SETTLED_MS = 200; // after the last change of a conversation that is being drawn
const LOAD_RETRY_MS = 500; // Gradio shows its fields before it listens to them
const LOAD_TRIES = 40;

const sentAlong = new Map(); // name of a hidden field → what goes with each question
const pageWatchers = [];
const conversationWatchers = [];
let settling = null;

const chat = () => document.getElementById("chat");
const questionBox = () => document.getElementById("ask");
const field = (name) => document.querySelector(`#${name} textarea`);

/** Begin to follow Gradio's page, which arrives later than this script and is drawn again whenever Gradio likes. */
export function startBridge() {
  new MutationObserver(pageChanged).observe(document.body, { childList: true, subtree: true });
  document.addEventListener("input", ({ target }) => target.closest?.("#ask") && sendAlongNow());
  for (const kind of ["pointerdown", "keydown"]) {
    document.addEventListener(kind, ({ target }) => target.closest?.("#chat") && sendAlongNow(), true);
  }
}

function pageChanged(changes) {
  cleanLabels();
  for (const watcher of pageWatchers) watcher();
  if (!changes.some(({ target }) => target.closest?.("#chat"))) return;
  clearTimeout(settling);
  settling = setTimeout(conversationSettled, SETTLED_MS);
}

function conversationSettled() {
  for (const watcher of conversationWatchers) watcher();
}

/** Call `watcher()` now and after every change of the page; it must change nothing the second time. */
export function onPageChange(watcher) {
  pageWatchers.push(watcher);
  watcher();
}

/** Call `watcher()` when the conversation shown has changed and come to rest. */
export function onConversationChange(watcher) {
  conversationWatchers.push(watcher);
}

/** The element that Gradio fills. */
export function conversationArea() {
  return document.querySelector("gradio-app");
}

/** Elements inside the conversation that this project has put there. */
export function inConversation(selector) {
  return [...(chat()?.querySelectorAll(selector) || [])];
}

/** The number of answers in the conversation, those on their way included. */
export function answersShown() {
  return inConversation(".bot-row").length;
}

/** The id that the server gave an element of a message; Gradio puts something in front of it. */
export function idOf(element) {
  return element.id.replace(/^user-content-/, "");
}

/** The citation link at or around `target`; null when there is none. */
export function citationAt(target) {
  return target.closest?.('#chat a[href^="#c-"]') || null;
}

/** The quotes under the answer that a citation link is in. */
export function quotesBeside(link) {
  return [...(link.closest(MESSAGE)?.querySelectorAll("a.vb-quote") || [])];
}

// --- the question box -------------------------------------------------------------------------------------------------

/** Keep `bar` at the "top" or the "bottom" of the question box. */
export function putInQuestionBox(bar, end) {
  onPageChange(() => {
    const box = questionBox();
    if (!box || bar.parentElement === box) return;
    if (end === "top") box.prepend(bar);
    else box.append(bar);
  });
}

/** The field itself, to be given the focus; null before Gradio has come. */
export function questionField() {
  return field("ask");
}

/** Put a question in the box, to be changed. */
export function editQuestion(question) {
  fill("ask", question)?.focus();
}

/** Ask a question as if it had been typed. */
export function ask(question) {
  if (fill("ask", question)) setTimeout(() => questionBox().querySelector(".submit-button")?.click(), ACCEPTED_MS);
}

/** Ask the question of the answer that `element` is in again: in its place where it is the last, else at the end. */
export function askAgain(element) {
  const row = element.closest(".bot-row");
  const question = row?.previousElementSibling?.querySelector("[data-testid='user']")?.textContent.trim();
  const isLast = inConversation(".bot-row").at(-1) === row;
  const retry = isLast && chat().querySelector("button[aria-label='Retry']");
  sendAlongNow();
  if (retry) setTimeout(() => retry.click(), ACCEPTED_MS);
  else ask(question || "");
}

/** True while a question is on its way. */
export function isAnswering() {
  return Boolean(questionBox()?.querySelector(".stop-button"));
}

/** Send `text` with each question from now on: "scope" are the documents chosen, "quotes-only" is "yes" or empty. */
export function sendAlong(name, text) {
  sentAlong.set(name, text);
  fill(name, text);
}

// A choice can be made before Gradio has come, so the fields are filled again before anything can be asked.
function sendAlongNow() {
  for (const [name, text] of sentAlong) fill(name, text);
}

function fill(name, text) {
  const box = field(name);
  if (!box) return null;
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(box, text);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  return box;
}

// --- the conversation that is open ------------------------------------------------------------------------------------

/** The number of the conversation shown, as the server says; null when it is a new one. */
export function shownConversation() {
  return Number(field("conversation")?.value) || null;
}

/** Show a conversation, or with null the welcome. */
export function showConversation(id) {
  const box = fill("conversation", id === null ? "" : String(id));
  setTimeout(() => box?.dispatchEvent(new KeyboardEvent("keypress", { key: "Enter", bubbles: true })), ACCEPTED_MS);
}

/** Show a conversation when the page opens, as soon as Gradio listens; given up when `isWanted()` is no longer true. */
export async function loadConversation(id, isWanted) {
  for (let tries = 0; tries < LOAD_TRIES && isWanted() && !inConversation(".user-row").length; tries += 1) {
    showConversation(id);
    await new Promise((done) => setTimeout(done, LOAD_RETRY_MS));
  }
}

/** Resolves when Gradio's elements are there. */
export function conversationReady() {
  return new Promise((resolve) => {
    const arrival = new MutationObserver(look);
    function look() {
      if (!chat() || !field("conversation")) return;
      arrival.disconnect();
      resolve();
    }
    arrival.observe(document.body, { childList: true, subtree: true });
    look();
  });
}

// --- labels -----------------------------------------------------------------------------------------------------------

// Questions come with every active character as a reference, because Gradio reads Markdown and HTML in them.
function asTyped(text) {
  return text.replace(/&#(\d+);/g, (_, number) => String.fromCodePoint(number));
}

// Gradio labels each message with its source, which screen readers would read out.
function cleanLabels() {
  for (const box of inConversation(".edit-textarea:not([data-typed])")) showAsTyped(box);
  for (const message of inConversation("[data-testid='user'][aria-label*='&#']")) {
    message.setAttribute("aria-label", asTyped(message.getAttribute("aria-label")));
  }
  for (const message of inConversation("[data-testid='bot'][aria-label]")) message.removeAttribute("aria-label");
}

function showAsTyped(box) {
  box.dataset.typed = "true";
  setTimeout(() => {
    box.value = asTyped(box.value);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
