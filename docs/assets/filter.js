// The box above a long list: entries whose text lacks one of the words are hidden. An entry is a row of a table, or a
// heading with what stands below it.
document.addEventListener("DOMContentLoaded", () => {
  for (const box of document.querySelectorAll("input.filter")) {
    const rows = [...document.querySelectorAll("article tbody tr")].map((row) => [row]);
    const entries = box.dataset.entries === "rows" ? rows : sections(box.dataset.entries);
    const texts = entries.map((parts) => parts.map((part) => part.textContent).join(" ").toLowerCase());
    const groups = box.dataset.entries === "rows" ? [] : titles(box.dataset.entries);
    const count = box.nextElementSibling;
    const apply = () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      entries.forEach((parts, index) => {
        const wanted = words.every((word) => texts[index].includes(word));
        shown += wanted;
        for (const part of parts) part.hidden = !wanted;
      });
      for (const [title, below] of groups) title.hidden = !below.some((entry) => !entry.hidden);
      count.textContent = words.length ? `${shown} of ${entries.length}` : `${entries.length} entries`;
    };
    box.addEventListener("input", apply);
    apply();
  }
});

function sections(heading) {
  const found = [];
  for (const start of document.querySelectorAll(`article ${heading}`)) {
    const parts = [start];
    for (let next = start.nextElementSibling; next && !/^H[1-6]$/.test(next.tagName); next = next.nextElementSibling) {
      parts.push(next);
    }
    found.push(parts);
  }
  return found;
}

// Titles above the headings of entries, each with those below it up to the next title.
function titles(heading) {
  const found = [];
  for (const element of document.querySelectorAll(`article h2, article h3, article ${heading}`)) {
    if (element.matches(heading)) for (const [title, below] of found.slice(-1)) below.push(element);
    else if (element.matches("h3")) found.push([element, []]);
  }
  return found;
}
