// Elements, made of text alone: what the document or a server says never becomes HTML.

function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function table(heads, rows) {
  const head = element("tr", {}, ...heads.map((text) => element("th", { scope: "col" }, text)));
  const line = (cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell)));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows.map(line)));
}

function section(title, ...children) {
  return element("section", {}, element("h3", {}, title), ...children);
}
