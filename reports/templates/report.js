"use strict";
(() => {
  const form = document.getElementById("filter");
  const text = document.getElementById("filter-text");
  const told = document.getElementById("filter-count");
  const findings = [...document.querySelectorAll("[data-severity]")];
  const groups = [...document.querySelectorAll("[data-group]")].reverse();
  if (!findings.length) return;
  form.hidden = false;

  // Read once and only when somebody filters: a large report has megabytes of text.
  let words = null;
  const wordsOf = () =>
    findings.map((finding) => {
      const rule = finding.closest(".rule");
      const heading = rule ? rule.querySelector("header").textContent : "";
      const wait = finding.closest(".wait");
      const reason = wait ? wait.querySelector("h3").textContent : "";
      return `${heading} ${reason} ${finding.textContent}`.toLowerCase();
    });

  const apply = () => {
    words ??= wordsOf();
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const severities = new Set([...form.querySelectorAll("[name=severity]:checked")].map((box) => box.value));
    let shown = 0;
    findings.forEach((finding, index) => {
      const fits = severities.has(finding.dataset.severity) && wanted.every((word) => words[index].includes(word));
      finding.hidden = !fits;
      shown += fits;
    });
    for (const group of groups) group.hidden = !group.querySelector("[data-severity]:not([hidden])");
    told.textContent = `${shown.toLocaleString("en")} of ${findings.length.toLocaleString("en")} findings shown`;
  };

  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    apply();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      text.focus();
    }
  });
  // A link to a finding must show it, whatever the filter says.
  window.addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!target || !target.closest("[hidden]")) return;
    form.reset();
    apply();
    target.scrollIntoView();
  });
})();
