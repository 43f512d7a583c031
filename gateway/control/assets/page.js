// The page's script beside htmx: forms as JSON, long lists that load in parts, new exchanges, keys, copying.
"use strict";

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// --- actions: each is a call of the API -----------------------------------------------------------------------------------

function say(text, failed = false) {
  one("#said").textContent = failed ? "" : text;
  one("#failed").textContent = failed ? text : "";
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { one("#said").textContent = ""; }, 6000);
}

// A field named a.b.c is member c of object b of object a. Numbers are sent as numbers. An empty field is left out.
function bodyOf(parameters, form) {
  const body = {};
  for (const [name, value] of Object.entries(parameters)) {
    const field = form ? form.elements[name] : null;
    const input = field instanceof Element ? field : null;  // radio buttons are a list, not an element
    const is = input && input.dataset.is;
    if (is === "member") body[value] = body[value] ?? null;  // the choice names a member, whose fields may all be empty
    else if (value !== "" && value !== undefined) putIn(body, name.split("."), is === "json" || input?.type === "number" ? valueOf(value) : value);
  }
  if (form) all("[data-is=switch]", form).forEach((box) => { body[box.name] = box.checked; });
  return body;
}

function putIn(body, [name, ...rest], value) {
  if (rest.length) putIn(body[name] = body[name] ?? {}, rest, value);
  else body[name] = value;
}

// A text that is JSON becomes its value, such as 3, true or {"median": "300ms"}. Any other text stays a text.
function valueOf(text) {
  try { return JSON.parse(text); } catch { return text; }
}

// Each fieldset belongs to one choice. Only the fieldset of the present choice is shown and sent.
function showChosen(form) {
  const chosen = form.elements[form.dataset.shows].value;
  all("[data-of]", form).forEach((part) => { part.hidden = part.disabled = part.dataset.of !== chosen; });
}
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-shows]");
  if (form && event.target.name === form.dataset.shows) showChosen(form);
});

htmx.defineExtension("json", {
  onEvent(name, event) {
    if (name === "htmx:configRequest" && !["get", "delete"].includes(event.detail.verb)) {
      event.detail.headers["Content-Type"] = "application/json";
    }
    return true;
  },
  encodeParameters(request, parameters, element) {
    const given = {};
    parameters.forEach((value, name) => { given[name] = value; });
    return JSON.stringify(bodyOf(given, element.closest("form")));
  },
});

document.addEventListener("htmx:configRequest", (event) => {
  const { detail } = event;
  for (const [name, value] of Object.entries(detail.parameters)) {
    if (detail.path.includes(`{${name}}`)) {
      detail.path = detail.path.replace(`{${name}}`, encodeURIComponent(value));
      delete detail.parameters[name];
    } else if (value === "" && detail.verb === "get") delete detail.parameters[name];
  }
  const open = new URLSearchParams(location.search).get("exchange");
  if (detail.elt.id === "filter" && open) detail.parameters.exchange = open;  // the exchange stays open
});

// While somebody fills in a form for a name, the part with this form is not replaced.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.requestConfig.verb === "get" && one("details.naming[open]", event.detail.target)) event.preventDefault();
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { xhr, successful, requestConfig, elt } = event.detail;
  if (!xhr || !xhr.status) return;
  if (xhr.status === 401 && requestConfig.path !== "/login") return location.reload();
  const form = ["put", "patch"].includes(requestConfig.verb) ? elt.closest("form") : null;
  if (!successful) {
    say(messageOf(xhr), true);
    if (form) form.reset();
    return;
  }
  if (requestConfig.verb === "get") return;
  if (form) keep(form);
  const about = elt.closest("[data-said]");
  if (about) say(about.dataset.said);
  if (elt.closest("[data-then=reload]")) return location.reload();
  htmx.trigger(document.body, "changed");
});
document.addEventListener("htmx:sendError", () => say("The gateway does not answer. Does it still run?", true));

// The change was accepted, so these values become the form's defaults. If a later change is refused, the form returns to them.
function keep(form) {
  all("option", form).forEach((option) => { option.defaultSelected = option.selected; });
  all("[type=radio], [type=checkbox]", form).forEach((box) => { box.defaultChecked = box.checked; });
}

function messageOf(xhr) {
  try { return JSON.parse(xhr.responseText).message; } catch { return `The gateway answered ${xhr.status}.`; }
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-go]");
  if (!form) return;
  event.preventDefault();
  location.assign(form.dataset.go.replace(/\{(\w+)\}/, (_, name) => encodeURIComponent(form.elements[name].value)));
});

// --- the list: a chunk is loaded when it is near the window, and emptied when it is far away -------------------------------

const NEAR = 1500, FAR = 6000, MOST = 10000;
let near, far;

function heightOf(chunk) {
  const row = parseFloat(getComputedStyle(one("#rows")).getPropertyValue("--row"));
  return `${Number(chunk.dataset.rows) * row}px`;
}

async function fill(chunk) {
  if (chunk.childElementCount || chunk.loading || !chunk.dataset.src) return;
  chunk.loading = true;
  try {
    await new Promise((done) => setTimeout(done, 60));  // chunks that somebody only scrolls past are not loaded
    if (!isNear(chunk)) return;
    const answer = await fetch(chunk.dataset.src, { headers: { "HX-Request": "true", "HX-Target": "rows" } });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) return;
    chunk.innerHTML = await answer.text();
    chunk.dataset.rows = chunk.childElementCount;
    chunk.style.height = "";
    htmx.process(chunk);
  } catch { say("The gateway does not answer. Does it still run?", true); } finally { chunk.loading = false; }
}

function isNear(chunk) {
  const { top, bottom } = chunk.getBoundingClientRect();
  return bottom > -NEAR && top < innerHeight + NEAR;
}

function empty(chunk) {
  if (!chunk.dataset.src || !chunk.childElementCount || chunk.contains(document.activeElement)) return;
  chunk.dataset.rows = chunk.childElementCount;
  chunk.style.height = heightOf(chunk);
  chunk.replaceChildren();
}

function watch(chunk) {
  if (!chunk.childElementCount && chunk.dataset.rows) chunk.style.height = heightOf(chunk);
  near.observe(chunk);
  far.observe(chunk);
}

function startList() {
  stopList();
  const rows = one("#rows");
  if (!rows) return;
  near = new IntersectionObserver((seen) => seen.forEach((entry) => entry.isIntersecting && fill(entry.target)), { rootMargin: `${NEAR}px` });
  far = new IntersectionObserver((seen) => seen.forEach((entry) => !entry.isIntersecting && empty(entry.target)), { rootMargin: `${FAR}px` });
  all(".chunk", rows).forEach(watch);
  mark();
  follow(rows);
}

function stopList() {
  if (near) { near.disconnect(); far.disconnect(); }
  if (follow.events) follow.events.close();
  follow.events = null;
}

// --- new exchanges: put in at the top; only counted while the top is out of sight, or a row has the pointer or the focus -----

function follow(rows) {
  const events = follow.events = new EventSource(rows.dataset.stream);
  let fresh = document.createElement("ol"), waiting = 0, held = 0, at = 0;
  const isPaused = () => one("#pause").getAttribute("aria-pressed") === "true";
  const isHeld = () => rows.matches(":hover, :focus-within");
  const flush = () => {
    at = 0;
    if (!rows.isConnected) return;
    if (!held && !waiting && !isPaused() && scrollY < 200 && !isHeld()) put(rows, fresh);
    else waiting += fresh.childElementCount;
    fresh = document.createElement("ol");
    if (held + waiting) {
      const newer = one("#newer");
      newer.textContent = `${(held + waiting).toLocaleString("en")} newer: show`;
      newer.hidden = false;
    }
    if (one("#empty") && rows.querySelector(".row")) one("#empty").remove();
  };
  const later = () => { at = at || setTimeout(flush, 250); };
  events.addEventListener("rows", (event) => { fresh.insertAdjacentHTML("afterbegin", event.data); later(); });
  events.addEventListener("left_out", (event) => { held += Number(event.data); later(); });
  one("#newer").addEventListener("click", again);
  rows.addEventListener("mouseleave", () => {
    if (waiting && !isPaused() && scrollY < 200 && !rows.matches(":focus-within")) again();
  });
  one("#pause").addEventListener("click", () => {
    const paused = !isPaused();
    one("#pause").setAttribute("aria-pressed", String(paused));
    one("#pause").textContent = paused ? "Paused: go on" : "Pause";
    if (!paused && (held || waiting)) again();
  });
}

function again() {
  scrollTo(0, 0);
  const target = `/?${new URLSearchParams([...new FormData(one("#filter"))].filter(([, value]) => value !== ""))}`;
  htmx.ajax("GET", target, { target: "#list", source: "#filter" });
}

function put(rows, fresh) {
  const count = fresh.childElementCount;
  if (!count) return;
  let chunk = rows.firstElementChild;
  if (chunk.childElementCount >= 100) {
    seal(chunk);
    chunk = document.createElement("ol");
    chunk.className = "chunk";
    rows.prepend(chunk);
  }
  chunk.prepend(...fresh.children);
  htmx.process(chunk);
  const fitting = one("#fitting");
  const before = Number(fitting.dataset.fitting);
  fitting.dataset.fitting = Math.min(before + count, Math.max(MOST, before));
  fitting.textContent = Number(fitting.dataset.fitting).toLocaleString("en");
  let there = all(".chunk", rows).reduce((sum, each) => sum + (each.childElementCount || Number(each.dataset.rows || 0)), 0);
  while (there > MOST + 100 && rows.childElementCount > 1) {
    const last = rows.lastElementChild;
    there -= last.childElementCount || Number(last.dataset.rows || 0);
    near.unobserve(last); far.unobserve(last);
    last.remove();
  }
}

// Makes a full chunk one that can be emptied, and loaded again by the numbers of its rows.
function seal(chunk) {
  const rows = all(".row", chunk);
  const query = new URLSearchParams([...new FormData(one("#filter"))].filter(([, value]) => value !== ""));
  query.set("before", Number(rows[0].dataset.number) + 1);
  query.set("after", Number(rows.at(-1).dataset.number) - 1);
  query.set("limit", 1000);
  chunk.dataset.rows = rows.length;
  chunk.dataset.src = `/exchanges/rows?${query}`;
  watch(chunk);
}

// --- which exchange is open -----------------------------------------------------------------------------------------------

function mark() {
  const open = new URLSearchParams(location.search).get("exchange");
  all(".row a[aria-current]").forEach((link) => link.removeAttribute("aria-current"));
  const link = open && one(`.row a[data-id="${CSS.escape(open)}"]`);
  if (link) link.setAttribute("aria-current", "true");
}

function closeDetail() {
  const id = new URLSearchParams(location.search).get("exchange");
  if (!one("#detail")?.childElementCount) return;
  one("#detail").replaceChildren();
  const query = new URLSearchParams(location.search);
  query.delete("exchange");
  history.pushState(null, "", query.size ? `/?${query}` : "/");
  mark();
  const link = id && one(`.row a[data-id="${CSS.escape(id)}"]`);
  if (link) link.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("#detail a.close");
  if (link) { event.preventDefault(); closeDetail(); }
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
addEventListener("popstate", (event) => { if (!event.state || !event.state.htmx) location.reload(); });

document.addEventListener("htmx:afterSettle", (event) => {
  const { target } = event;
  if (target.id === "list") startList();
  if (target.id === "detail") {
    mark();
    target.scrollTop = 0;
    one("h2", target)?.focus({ preventScroll: innerWidth > 900 });
  }
});

async function copy(button) {
  const text = one(`#${button.dataset.copy}`);
  const range = document.createRange();
  range.selectNodeContents(text);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  try {
    await navigator.clipboard.writeText(text.textContent);
    say("Copied.");
  } catch { say("The browser does not let the page copy. The text is selected. Copy it with Ctrl+C.", true); }
}

// --- keys -----------------------------------------------------------------------------------------------------------------

function move(step) {
  const links = all(".row a");
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? links[0] : links[at + step];
  if (next) next.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") return closeDetail();
  if (event.target.closest("input, textarea, select")) return;
  const inList = event.target.closest(".row") || event.target === document.body || event.target.id === "main";
  const key = { ArrowDown: () => move(1), j: () => move(1), ArrowUp: () => move(-1), k: () => move(-1) }[event.key];
  if (key && inList && one(".row a")) { event.preventDefault(); key(); }
  else if (event.key === "/" && one("#filter")) { event.preventDefault(); one("#filter input").focus(); }
  else if (event.key === "p" && one("#pause")) one("#pause").click();
});

// --- begin ----------------------------------------------------------------------------------------------------------------

// A browser follows a link from another site without the login's cookie. A request from this page has the cookie.
if (document.body.classList.contains("sign-in")) {
  fetch("/api/setting").then((answer) => { if (answer.ok) location.reload(); });
} else startList();
all("form[data-shows]").forEach(showChosen);  // after "back", a browser restores the earlier choice
