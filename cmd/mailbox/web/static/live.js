// Pages of the staff are told when something has changed (/desk/events), and ask for themselves again. What somebody
// reads or types is never moved: numbers change in place, the rest waits for a press. Without a line nothing of this is.
"use strict";

const bar = document.querySelector("[data-live]");
const openCase = document.querySelector("[data-live-case]");
const notesOf = (page) => page.querySelector("[data-live-part=notes]") || page.createElement("div");
const said = (page) => notesOf(page).textContent.replace(/\s+/g, "");
const pause = (most) => new Promise((done) => setTimeout(done, Math.random() * most));

// Only a page in sight holds a line: browsers give a site six of them, and people open many cases in tabs.
let line = null;
let broken = 0;

function listen() {
  if (line || document.hidden || !bar || !window.EventSource) return;
  const known = openCase ? "?case=" + openCase.dataset.liveCase + "&version=" + openCase.dataset.version + "&notes=" + all("li", notesOf(document)).length : "";
  let before = broken; // what was missed meanwhile
  line = new EventSource(bar.dataset.live + known);
  line.addEventListener("open", () => {
    if (before) told({ list: true, present: true, note: true });
    before = 0;
    broken = 0;
  });
  line.addEventListener("message", (event) => told(JSON.parse(event.data)));
  line.addEventListener("error", () => {
    before = 1;
    broken++;
    if (line?.readyState === EventSource.CLOSED) { // refused: perhaps not for long
      stopListening();
      if (broken < 5) setTimeout(listen, 60000);
    }
  });
}

function stopListening() { line?.close(); line = null; }

let latest = null; // the page as it is now, while an older one is shown

async function told(news) {
  if (news.unread !== undefined) showUnread(news.unread);
  if (news.present) askPresence();
  if (news.list && document.querySelector("[data-live-list]")) await askAgain(compareList);
  if (news.case && openCase) await askAgain(() => say(bar.dataset.case));
  // Whoever wrote the note has it on the page already.
  else if (news.note && openCase) await askAgain(() => { if (said(latest) !== said(document)) say(bar.dataset.note); });
}

let asking = false;
let more = false;
async function askAgain(then) {
  more = true;
  if (asking) return; // the running one sees to it
  asking = true;
  while (more) {
    await pause(1500); // a thousand pages are told at the same instant
    more = false;
    try {
      const answer = await fetch(location.href, { headers: { "X-Live": "page", Accept: "text/html" }, redirect: "error" });
      if (answer.ok) {
        latest = new DOMParser().parseFromString(await answer.text(), "text/html");
        then();
      } else if (answer.status === 404) {
        latest = null;
        say(bar.dataset.gone);
      }
    } catch { /* no line just now, or signed out */ }
  }
  asking = false;
}

function say(words) {
  bar.querySelector("[data-live-words]").textContent = words;
  bar.querySelector("[data-live-show]").hidden = !latest;
  bar.hidden = false;
}

const rowsOf = (page) => new Map(all("[data-live-list] [data-row]", page).map((row) => [row.getAttribute("href"), row.closest("li")?.textContent.replace(/\s+/g, "")]));
const still = (text) => text.replace(/[\d\s]+/g, ""); // time runs on in every row

function compareList() {
  const counts = document.querySelector("[data-live-counts]");
  const newer = latest.querySelector("[data-live-counts]");
  if (counts && newer) {
    const links = all("a", newer);
    all("a", counts).forEach((link, i) => { if (links[i] && link.innerHTML !== links[i].innerHTML) link.innerHTML = links[i].innerHTML; });
  }
  const mine = rowsOf(document);
  const theirs = rowsOf(latest);
  const fresh = [...theirs.keys()].filter((href) => !mine.has(href)).length;
  const other = [...mine].some(([href, text]) => !theirs.has(href) || still(theirs.get(href)) !== still(text));
  if (!mine.size && fresh) { showLatest(); return; } // there is nothing that could move
  if (fresh) say(fill(bar.dataset.fresh, { n: fresh })); else if (other) say(bar.dataset.list);
}

// Where in the list somebody was before the press on "show" took the focus.
let lastRow = "";
document.addEventListener("focusin", (event) => { if (event.target.matches("[data-row]")) lastRow = event.target.getAttribute("href"); });

function showLatest() {
  if (!latest) return;
  const list = document.querySelector("[data-live-list]");
  const newer = latest.querySelector("[data-live-list]");
  bar.hidden = true;
  if (list && newer) {
    // The first row in sight stays where it is.
    const anchor = all("[data-row]", list).find((row) => row.getBoundingClientRect().top >= 0);
    const top = anchor?.getBoundingClientRect().top;
    const ticked = new Set(all("input:checked", list).map((box) => box.name + "=" + box.value));
    list.replaceChildren(...newer.cloneNode(true).childNodes);
    for (const box of all("input[type=checkbox]", list)) box.checked = ticked.has(box.name + "=" + box.value);
    const again = (href) => href && all("[data-row]", list).find((row) => row.getAttribute("href") === href);
    again(lastRow)?.focus({ preventScroll: true });
    const moved = again(anchor?.getAttribute("href"));
    if (moved && scrollY > 0) scrollBy(0, moved.getBoundingClientRect().top - top);
    tick();
  }
  let parts = 0;
  for (const part of all("[data-live-part]")) {
    const now = latest.querySelector(`[data-live-part="${part.dataset.livePart}"]`);
    if (now) { part.replaceChildren(...now.cloneNode(true).childNodes); parts++; }
  }
  latest = null;
  if (parts) { tick(); say(bar.dataset.shown); }
}

function showUnread(n) {
  for (const place of all("[data-unread]")) {
    place.textContent = n || "";
    place.hidden = !n;
  }
}

// Who else has the case open. A page says that it is, and whether something is typed.
let doing = "reading";

async function askPresence() {
  if (!openCase) return;
  await pause(300);
  try {
    const answer = await fetch(openCase.dataset.presence, { redirect: "error" });
    if (answer.ok) openCase.innerHTML = await answer.text();
  } catch { /* no line just now */ }
}

function present(what) {
  const token = document.querySelector("input[name=csrf]")?.value;
  if (!openCase || !token) return;
  const body = new URLSearchParams({ csrf: token, doing: what });
  if (what === "gone") navigator.sendBeacon(openCase.dataset.presence, body);
  else fetch(openCase.dataset.presence, { method: "POST", body, redirect: "error" }).catch(() => {});
}

if (bar) {
  bar.querySelector("[data-live-show]").addEventListener("click", showLatest);
  bar.querySelector("[data-live-later]").addEventListener("click", () => { bar.hidden = true; });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { stopListening(); present("gone"); return; }
    broken++;
    listen();
    present(doing);
  });
  addEventListener("pagehide", () => { stopListening(); present("gone"); });
  addEventListener("pageshow", (event) => { if (event.persisted) { broken++; listen(); present(doing); } });
  listen();
}
if (openCase) {
  if (!document.hidden) present(doing);
  setInterval(() => { if (!document.hidden) present(doing); }, 25000);
  document.addEventListener("input", (event) => {
    if (doing === "writing" || !event.target.matches("main textarea")) return;
    doing = "writing";
    present(doing);
  });
  document.addEventListener("submit", () => { doing = "reading"; });
}
