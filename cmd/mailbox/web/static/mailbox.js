// What the pages do better with a script. Every page works without it: nothing here is the only
// way to do a thing, and words come from data attributes so that both languages stay in one place.
"use strict";

const root = document.documentElement;
root.classList.add("js");

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// Storage may be forbidden (private windows, policies): then there is simply no draft.
const store = {
  get(key) { try { return localStorage.getItem(key); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(key, value); return true; } catch { return false; } },
  drop(key) { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
};

// Time left. The reader's clock may be wrong by hours, so it is only used to measure how long the
// page has been open; the starting point is the server's.
const ahead = Date.parse(root.dataset.now) - Date.now() || 0;

function timeLeft(words, due, now) {
  const over = now > due;
  const minutes = Math.floor(Math.abs(due - now) / 60000);
  const unit = minutes >= 1440 ? "days" : minutes >= 60 ? "hours" : "minutes";
  const key = over ? "over" + unit[0].toUpperCase() + unit.slice(1) : unit;
  const d = Math.floor(minutes / 1440);
  const h = Math.floor(minutes / 60) % 24;
  return fill(words[key] || "", { d, h, m: minutes % 60 });
}

function tick() {
  for (const element of all("[data-due]")) {
    const words = timeLeft(element.dataset, Date.parse(element.dataset.due), Date.now() + ahead);
    const target = element.querySelector(".due-words") || element;
    if (words && target.textContent !== words) target.textContent = words;
  }
}

// Drafts. What somebody typed survives a closed tab for a week, in this browser only. Passwords,
// files, hidden fields and whatever is marked private are never kept: the computer may be shared.
const week = 7 * 24 * 3600 * 1000;

function draftFields(form) {
  return [...form.elements].filter((field) => field.name
    && !["hidden", "password", "file", "submit", "button"].includes(field.type)
    && !field.hasAttribute("data-draft-skip"));
}

const isChoice = (field) => field.type === "radio" || field.type === "checkbox";

function restoreDraft(form, key) {
  let draft = null;
  try { draft = JSON.parse(store.get(key)); } catch { store.drop(key); }
  if (!draft || Date.now() - draft.at > week) { store.drop(key); return false; }
  let restored = false;
  for (const field of draftFields(form)) {
    const kept = draft.fields[field.name];
    if (kept === undefined) continue;
    if (isChoice(field)) {
      field.checked = kept.includes(field.value);
    } else {
      field.value = kept[0];
      restored = restored || kept[0] !== "";
    }
  }
  return restored;
}

function saveDraft(form, key) {
  const fields = {};
  for (const field of draftFields(form)) {
    fields[field.name] ||= [];
    if (!isChoice(field) || field.checked) fields[field.name].push(field.value);
  }
  return store.set(key, JSON.stringify({ at: Date.now(), fields }));
}

function keepDraft(form) {
  const key = "draft:" + form.dataset.draft;
  const status = form.querySelector("[data-draft-status]");
  const discard = form.querySelector("[data-draft-discard]");
  const say = (words) => {
    if (status) status.textContent = words;
    if (discard) discard.hidden = !words;
  };
  // A page that came back, with errors or to be changed, already carries what was typed; it is newer
  // than the draft.
  const returned = document.querySelector(".error-summary") || form.hasAttribute("data-returned");
  if (!returned && restoreDraft(form, key)) say(status?.dataset.restored || "");

  let timer = 0;
  const stop = () => { clearTimeout(timer); timer = 0; };
  const save = () => { stop(); if (saveDraft(form, key)) say(status?.dataset.saved || ""); };
  form.addEventListener("input", () => { stop(); timer = setTimeout(save, 600); });
  // A tab may be closed, or a telephone put away, right after the last word.
  addEventListener("pagehide", () => { if (timer) save(); });
  document.addEventListener("visibilitychange", () => { if (timer && document.hidden) save(); });
  all("[data-draft-drop]").forEach((link) => link.addEventListener("click", stop));
  discard?.addEventListener("click", () => {
    stop();
    store.drop(key);
    form.reset();
    say("");
    all("[data-counter]", form).forEach(count);
  });
}

// Steps. A long form is shown a part at a time; going back in the browser goes back a part. Nothing is judged
// here: the server names what is missing, and the part that holds the first of it is shown.
function stepThrough(form) {
  const steps = all("[data-step]", form);
  const line = document.createElement("p");
  line.className = "muted step-count";
  form.prepend(line);
  let at = 0;
  const show = (n, moved) => {
    at = Math.min(Math.max(n, 0), steps.length - 1);
    steps.forEach((step, i) => { step.hidden = i !== at; });
    line.textContent = fill(form.dataset.stepWords, { n: at + 1, of: steps.length });
    if (!moved) return;
    steps[at].querySelector("[data-step-head]").focus({ preventScroll: true });
    line.scrollIntoView({ block: "start" });
  };
  const next = () => {
    if (steps[at].dataset.hints) askHints(form, steps[at].dataset.hints);
    history.pushState({ step: at + 1 }, "");
    show(at + 1, true);
  };
  const holding = (element) => steps.findIndex((step) => step.contains(element));
  all("[data-step-next]", form).forEach((button) => button.addEventListener("click", next));
  all("[data-step-back]", form).forEach((button) => {
    if (holding(button) === 0) button.remove();
    button.addEventListener("click", () => history.back());
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches("input") || at === steps.length - 1) return;
    event.preventDefault();
    next();
  });
  all(".error-summary a").forEach((link) => link.addEventListener("click", () => {
    const n = holding(document.getElementById(link.hash.slice(1)));
    if (n >= 0) show(n);
  }));
  addEventListener("popstate", (event) => {
    // A link within the page, such as one of the error summary, comes here as well, and has chosen its part.
    if (event.state) show(event.state.step, true); else history.replaceState({ step: at }, "");
  });
  const wrong = holding(form.querySelector(".field--wrong"));
  const first = wrong >= 0 ? wrong : history.state?.step || 0;
  history.replaceState({ step: first }, "");
  show(first);
}

// What a writer should know before going on; without an answer the check page says it.
async function askHints(form, path) {
  const fields = new URLSearchParams();
  for (const name of ["csrf", "kind", "title", "body"]) fields.set(name, new FormData(form).get(name) || "");
  try {
    const answer = await fetch(path, { method: "POST", body: fields });
    const place = form.querySelector("[data-hints-here]");
    if (answer.ok && place) place.innerHTML = await answer.text();
  } catch { /* no line just now */ }
}

// The proof of work: which number was thought of? While somebody reads the page it is found. Browsers count
// fast only over https; where they do not, the sum in words is asked, as without a script.
function prove(form) {
  const task = JSON.parse(form.dataset.work);
  const status = form.querySelector("[data-work-status]");
  const plain = () => {
    form.querySelector("[data-work-question]").classList.remove("without-js");
    status.remove();
  };
  const found = crypto.subtle ? search(task) : Promise.resolve(-1);
  const done = found.then((number) => {
    if (number < 0) { plain(); return; }
    form.elements.proof.value = btoa(JSON.stringify({ algorithm: task.algorithm, challenge: task.challenge, number, salt: task.salt, signature: task.signature }));
    status.textContent = status.dataset.done;
  });
  let ready = false;
  done.finally(() => { ready = true; });
  form.addEventListener("submit", (event) => {
    if (ready || event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    const button = event.submitter;
    done.finally(() => form.requestSubmit(button));
  });
}

async function search(task) {
  const bytes = new TextEncoder();
  for (let number = 0; number <= task.maxnumber; number++) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.encode(task.salt + number)));
    if (digest.every((byte, i) => byte === parseInt(task.challenge.slice(2 * i, 2 * i + 2), 16))) return number;
  }
  return -1;
}

// Character counter. Code points, as the server counts them, not UTF-16 units.
function count(field) {
  const line = document.getElementById(field.id + "-count");
  if (!line) return;
  const left = Number(field.dataset.counter) - [...field.value].length;
  line.textContent = fill(left < 0 ? line.dataset.over : line.dataset.left, { n: Math.abs(left) });
  line.classList.toggle("counter--over", left < 0);
}

// A second press sends nothing for ten seconds; after that the first has failed or was a download.
// The button is not disabled: its name and value must be sent.
function sendOnce(event) {
  const form = event.target;
  if (form.method === "dialog" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-disabled", "true");
  setTimeout(allowSendingAgain, 10000);
}

function allowSendingAgain() {
  for (const form of all("form[data-sent]")) {
    delete form.dataset.sent;
    all("[aria-disabled]", form).forEach((button) => button.removeAttribute("aria-disabled"));
  }
}

// Keys. j and k move through a work list, Enter is the link's own. Other letters press what carries them: in
// data-row-key within the row that has the focus, else in data-key anywhere on the page. Never while typing, and
// not at all once switched off (WCAG 2.1.4).
const keysOff = "keys:off";
const rowAround = (element) => element?.closest("[data-worklist] > li");

function move(step) {
  const rows = all("[data-worklist] [data-row]");
  if (!rows.length) return;
  const here = rowAround(document.activeElement);
  const at = rows.findIndex((row) => rowAround(row) === here);
  const to = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1);
  rows[to].focus();
  rows[to].scrollIntoView({ block: "nearest" });
}

function press(event) {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]")) return;
  const help = document.getElementById("keyboard-help");
  if (event.key === "?" && help) { event.preventDefault(); help.showModal(); return; }
  if (store.get(keysOff)) return;
  if (event.key === "j") { move(1); return; }
  if (event.key === "k") { move(-1); return; }
  if (!/^[a-z/]$/.test(event.key)) return;
  const target = rowAround(document.activeElement)?.querySelector(`[data-row-key="${event.key}"]`)
    || document.querySelector(`[data-key="${event.key}"]`);
  if (!target) return;
  event.preventDefault();
  if (!target.matches("textarea, input:not([type=checkbox])")) target.click();
  if (target.matches("textarea, input:not([type=checkbox]), summary")) target.focus();
}

function keySwitch(box) {
  box.checked = !store.get(keysOff);
  box.addEventListener("change", () => { if (box.checked) store.drop(keysOff); else store.set(keysOff, "yes"); });
}

// A form that was sent is emptied where the browser still keeps its page: the computer may be shared.
const opened = Date.now();
for (const element of all("[data-draft-clear]")) {
  store.drop("draft:" + element.dataset.draftClear);
  store.set("sent:" + element.dataset.draftClear, String(Date.now()));
}
addEventListener("pageshow", (event) => {
  for (const form of all("form[data-draft]")) {
    if (!event.persisted || Number(store.get("sent:" + form.dataset.draft)) < opened) continue;
    form.reset();
    location.reload();
  }
});
all("form[data-draft]").forEach(keepDraft);
for (const link of all("[data-draft-drop]")) link.addEventListener("click", () => store.drop("draft:" + link.dataset.draftDrop));
all("form[data-steps]").forEach(stepThrough);
all("form[data-work]").forEach(prove);
for (const field of all("[data-counter]")) {
  count(field);
  field.addEventListener("input", () => count(field));
}
for (const button of all("[data-print]")) button.addEventListener("click", () => print());
for (const button of all("[data-keys-help]")) {
  button.addEventListener("click", () => document.getElementById("keyboard-help")?.showModal());
}
all("[data-keys-switch]").forEach(keySwitch);
// One box ticks all of its name.
for (const box of all("[data-tick-all]")) {
  box.addEventListener("change", () => all(`input[name="${box.dataset.tickAll}"]`).forEach((one) => { one.checked = box.checked; }));
}
document.querySelector("[data-focus]")?.focus();
document.addEventListener("submit", sendOnce);
document.addEventListener("keydown", press);

// Enter in a field presses a form's first button; where that would undo what was typed, it presses none.
for (const form of all("form[data-no-enter]")) {
  form.addEventListener("keypress", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
  });
}
addEventListener("pageshow", allowSendingAgain);
if (document.querySelector("[data-due]")) {
  tick();
  setInterval(tick, 20000);
}
