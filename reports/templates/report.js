"use strict";
(() => {
  const PAGE = 100;
  const MOST_OPEN = 20;
  const VERDICTS = ["FAIL", "UNKNOWN", "SUPPRESSED", "PASS", "NOT_APPLICABLE"];
  const SEVERITIES = ["critical", "high", "medium", "low"];
  const PICKS = ["layer", "rule", "account", "stack", "tenant", "state"];
  const $ = (id) => document.getElementById(id);
  const form = $("filter");
  const text = $("filter-text");
  const told = $("filter-count");
  const sort = $("sort");
  const main = $("main");
  const homes = [...document.querySelectorAll("[data-home]")];
  const groups = [...document.querySelectorAll("[data-group]")].reverse();
  const number = (value) => value.toLocaleString("en");
  const make = (tag, name, words) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    // Text only: what comes from the report is never read as markup.
    if (words !== undefined) element.textContent = words;
    return element;
  };

  const titles = new Map();
  const titleOf = (rule) => {
    if (!titles.size) for (const head of document.querySelectorAll("#rules tbody th")) titles.set(head.querySelector("code").textContent, head.textContent);
    return titles.get(rule) ?? "";
  };
  // What the page shows in full. Its words are read once, and only when somebody searches.
  const items = [...document.querySelectorAll("article[data-severity]")].map((element, at) => ({
    at, element,
    verdict: element.dataset.verdict, severity: element.dataset.severity, layer: element.dataset.layer,
    rule: element.dataset.rule, account: element.dataset.account ?? "", stack: element.dataset.stack ?? "",
    tenant: element.dataset.tenant ?? "", state: element.dataset.state ?? "", first: element.dataset.first ?? "",
    get name() { return element.querySelector("strong")?.textContent ?? ""; },
    get place() { return element.querySelector(".place")?.textContent ?? ""; },
    get words() {
      const near = element.closest(".rule")?.querySelector("header") ?? element.closest(".wait")?.querySelector("h3");
      return (this.read ??= `${near?.textContent ?? ""} ${titleOf(this.rule)} ${element.textContent}`.toLowerCase());
    },
  }));
  // Controls by what is said of them, whatever findings there are.
  const standing = $("pick-standing");
  if (standing) {
    const controls = [...document.querySelectorAll("#controls [data-standing]")];
    for (const option of [...standing.options]) {
      if (option.value && !controls.some((each) => each.dataset.standing === option.value)) option.remove();
    }
    const choose = () => {
      let left = 0;
      for (const each of controls) {
        each.hidden = Boolean(standing.value) && each.dataset.standing !== standing.value;
        left += each.hidden ? 0 : 1;
      }
      $("standing-count").textContent = `${number(left)} of ${number(controls.length)} entries`;
    };
    standing.addEventListener("input", choose);
    $("standing").hidden = false;
    choose();
  }
  const shown = items.length;
  const rest = $("rest");
  if (!shown && !rest) return;
  form.hidden = false;
  // It stays at the top, as high as its parts need: what a link leads to stands below it.
  new ResizeObserver(() => document.documentElement.style.setProperty("--bar", `${form.offsetHeight}px`)).observe(form);

  // The rest: columns over a table of strings, unpacked when the page stands.
  const unpack = async () => {
    if (!rest) return;
    let json = rest.textContent;
    if (rest.dataset.encoding === "deflate") {
      const packed = atob(json);
      const bytes = new Uint8Array(packed.length);
      for (let at = 0; at < bytes.length; at += 1) bytes[at] = packed.charCodeAt(at);
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
      json = await new Response(stream).text();
    }
    const { strings, columns, ids, pages } = JSON.parse(json);
    const names = Object.keys(columns);
    class Row {
      constructor(row) { this.row = row; this.at = shown + row; }
      get id() { return ids[this.row]; }
      get page() { return pages[this.row] ?? 0; }
      get words() {
        return (this.read ??= names.map((name) => strings[columns[name][this.row]]).join(" ").toLowerCase() + ids[this.row]);
      }
    }
    for (const name of names) {
      Object.defineProperty(Row.prototype, name, { get() { return strings[columns[name][this.row]]; } });
    }
    for (let row = 0; row < ids.length; row += 1) items.push(new Row(row));
  };

  const drawn = (item) => {
    if (item.element) {
      const copy = item.element.cloneNode(true);
      copy.removeAttribute("id");
      copy.classList.add("copy");
      for (const details of copy.querySelectorAll("details")) details.open = false;
      return copy;
    }
    const article = make("article", `finding short ${item.severity}`);
    article.dataset.severity = item.severity;
    article.dataset.rule = item.rule;
    if (item.id) article.id = `finding-${item.id}`;
    const sub = make("p", "sub");
    sub.append(make("span", `mark ${item.severity}`, item.severity), " ", make("code", "", item.rule), ` ${item.title}`);
    const where = make("p", "where");
    where.append(make("strong", "", item.name), " ", make("span", "type", item.type), " ", make("code", "place", item.place));
    if (item.verdict !== "FAIL") where.append(" ", make("span", "tag", words.get(item.verdict)));
    if (item.state) where.append(" ", make("span", item.state === "new" ? "tag new" : "tag", item.state));
    if (item.first) where.append(" ", make("span", "age", `first seen ${item.first}${item.age ? `, ${item.age}` : ""}`));
    const link = make("a", "permalink", item.id);
    const page = item.page ? `findings-${String(item.page).padStart(3, "0")}.html` : "";
    link.href = `${page}#finding-${encodeURIComponent(item.id)}`;
    link.title = page ? "The finding with its evidence" : "Link to this finding";
    where.append(" ", link);
    article.append(sub, where);
    const message = item.message || item.detail;
    if (message) article.append(make("p", "message", message));
    return article;
  };
  const words = new Map([...form.querySelectorAll("[name=verdict]")].map((box) => [box.value, box.parentElement.textContent.trim()]));

  // A list that shows a hundred at a time.
  const pager = (list, bar) => {
    let found = [];
    let from = 0;
    const draw = () => {
      list.replaceChildren(...found.slice(from, from + PAGE).map(drawn));
      bar.hidden = found.length <= PAGE;
      bar.querySelector(".told").textContent =
        `${number(from + 1)} to ${number(Math.min(from + PAGE, found.length))} of ${number(found.length)}`;
      bar.querySelector('[data-turn="-1"]').disabled = from === 0;
      bar.querySelector('[data-turn="1"]').disabled = from + PAGE >= found.length;
    };
    bar.addEventListener("click", (event) => {
      const turn = Number(event.target.dataset?.turn);
      if (!turn) return;
      from += turn * PAGE;
      draw();
      list.parentElement.scrollIntoView();
    });
    return {
      show(items) { found = items; from = 0; draw(); },
      find(item) {
        const index = found.indexOf(item);
        if (index < 0) return;
        from = index - (index % PAGE);
        draw();
      },
    };
  };
  const matches = pager($("matches-list"), $("matches").querySelector(".pager"));
  const further = rest ? pager($("further-list"), $("further").querySelector(".pager")) : null;

  const checked = (name) => new Set([...form.querySelectorAll(`[name=${name}]:checked`)].map((box) => box.value));
  const wanted = () => {
    const parts = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const severities = checked("severity");
    const verdicts = checked("verdict");
    const picked = PICKS.map((name) => [name, $(`pick-${name}`)?.value ?? ""]).filter(([, value]) => value);
    return (item) =>
      severities.has(item.severity) && verdicts.has(item.verdict) &&
      picked.every(([name, value]) => item[name] === value) && parts.every((part) => item.words.includes(part));
  };
  const rank = (item) => VERDICTS.indexOf(item.verdict) * 4 + SEVERITIES.indexOf(item.severity);
  const ORDERS = {
    name: (a, b) => compare(a.name, b.name), place: (a, b) => compare(a.place, b.place),
    layer: (a, b) => compare(a.layer, b.layer),
    first: (a, b) => compare(a.first || "9999", b.first || "9999"), newest: (a, b) => compare(b.first, a.first),
  };
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

  const apply = () => {
    const fits = wanted();
    const found = [];
    const more = [];
    for (const item of items) {
      const fit = fits(item);
      if (item.element) item.element.hidden = !fit;
      if (fit) (item.element ? found : more).push(item);
    }
    const order = ORDERS[sort.value];
    for (const home of homes) home.hidden = Boolean(order);
    $("matches").hidden = !order;
    if (order) {
      // Read once each: a name may have to be looked up in the page.
      const both = [...found, ...more].map((item) => ({ item, key: { name: item.name, place: item.place, layer: item.layer, first: item.first } }));
      both.sort((a, b) => order(a.key, b.key) || rank(a.item) - rank(b.item) || a.item.at - b.item.at);
      matches.show(both.map(({ item }) => item));
    } else {
      for (const group of groups) group.hidden = !group.querySelector("[data-severity]:not([hidden])");
      further?.show(more);
    }
    told.textContent = `${number(found.length + more.length)} of ${number(items.length)} verdicts shown`;
  };

  const fill = () => {
    for (const name of PICKS) {
      const values = new Set(items.map((item) => item[name]));
      values.delete("");
      if (values.size < 2 && !(name === "state" && values.size)) continue;
      const label = make("label", "", `${name} `);
      const select = make("select");
      select.id = `pick-${name}`;
      select.append(new Option("any", ""), ...[...values].sort().slice(0, 2000).map((value) => new Option(value, value)));
      label.append(select);
      $("picks").append(label);
    }
  };
  if (shown > MOST_OPEN) {
    for (const { element } of items.slice(MOST_OPEN)) {
      const details = element.querySelector("details");
      if (details) details.open = false;
    }
  }
  const ready = new Promise((done) => setTimeout(done)).then(unpack).then(() => {
    fill();
    apply();
    arrive();
  }, () => {
    told.textContent = "this browser cannot unpack the further findings";
    fill();
  });

  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => ready.then(apply), 120);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    ready.then(apply);
  });

  // A link must show its target, whatever the filter says and however far the finding is.
  const arrive = () => {
    let id = location.hash.slice(1);
    try { id = decodeURIComponent(id); } catch { /* as it stands */ }
    if (!id) return;
    let target = $(id);
    if (!target || target.closest("[hidden]")) {
      const item = id.startsWith("finding-") && items.find((each) => !each.element && `finding-${each.id}` === id);
      if (!target && !item) return;
      form.reset();
      if (item) for (const box of form.querySelectorAll("[name=verdict]")) box.checked ||= box.value === item.verdict;
      apply();
      if (item) further.find(item);
      target = $(id);
    }
    const details = target?.querySelector(":scope > details");
    if (details) details.open = true;
    for (const old of document.querySelectorAll(".arrived")) old.classList.remove("arrived");
    target?.classList.add("arrived");
    target?.scrollIntoView();
  };
  window.addEventListener("hashchange", () => ready.then(arrive));

  const keys = $("keys");
  const step = (by) => {
    const visible = [...main.querySelectorAll("article[data-severity]")].filter((each) => !each.closest("[hidden]"));
    if (!visible.length) return;
    const here = visible.indexOf(document.activeElement.closest("article"));
    const next = visible[here < 0 ? (by > 0 ? 0 : visible.length - 1) : Math.min(Math.max(here + by, 0), visible.length - 1)];
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "Escape" && typing === text) text.blur();
    if (typing || keys.open) return;
    const article = event.target.closest("article");
    if (event.key === "/") { event.preventDefault(); text.focus(); text.select(); }
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "?") keys.showModal();
    else if (event.key === "Enter" && article && event.target === article) {
      const details = article.querySelector("details");
      if (details) details.open = !details.open;
      const link = article.querySelector(".permalink")?.getAttribute("href");
      if (link?.startsWith("#")) history.replaceState(null, "", link);
    }
  });
  $("keys-hint").hidden = false;
  $("keys-open").addEventListener("click", () => keys.showModal());

  // On paper all evidence is open.
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const details of closed) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
  });
})();
