// The page as a whole: groups, their operations, and the search through them.

const METHODS = ["get", "post", "put", "patch", "delete", "head", "options", "trace"];

function operations() {
  const paths = Object.entries(api.paths ?? {});
  return paths.flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({ path, method, operation: item[method] })));
}

function grouped() {
  const groups = new Map();
  for (const one of operations()) {
    const name = one.operation.tags?.[0] ?? "other";
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(one);
  }
  return groups;
}

function draw() {
  document.getElementById("title").textContent = `${api.info.title} ${api.info.version}: REST API`;
  document.getElementById("about").textContent = api.info.description ?? "";
  const links = [];
  const groups = [...grouped()].map(([name, members]) => {
    const id = `group-${name.replace(/[^a-z0-9]+/gi, "-")}`;
    links.push(element("li", {}, element("a", { href: `#${id}` }, `${name} (${members.length})`)));
    const shown = members.map((one) => {
      const drawn = describe(one.path, one.method, one.operation);
      const words = [one.method, one.path, one.operation.summary, one.operation.operationId, name];
      drawn.dataset.words = words.join(" ").toLowerCase();
      return drawn;
    });
    return element("section", { "aria-labelledby": id }, element("h2", { id }, name), ...shown);
  });
  document.getElementById("groups").append(element("ul", {}, ...links));
  document.getElementById("operations").replaceChildren(...groups);
  filter();
  follow();
}

function filter() {
  const wanted = document.getElementById("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const group of document.querySelectorAll("#operations > section")) {
    let any = false;
    for (const one of group.querySelectorAll("details")) {
      one.hidden = !wanted.every((word) => one.dataset.words.includes(word));
      any ||= !one.hidden;
      found += one.hidden ? 0 : 1;
    }
    group.hidden = !any;
  }
  document.getElementById("found").textContent = `${found} operations`;
}

// An operation that the address names is opened.
function follow() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named?.tagName === "DETAILS") {
    named.open = true;
    named.scrollIntoView();
  }
}

async function start() {
  for (const id of ["token-form", "filter-form"]) {
    document.getElementById(id).addEventListener("submit", (event) => event.preventDefault());
  }
  document.getElementById("filter").addEventListener("input", filter);
  addEventListener("hashchange", follow);
  try {
    const response = await fetch("openapi.json");
    if (!response.ok) throw new Error(`status ${response.status}`);
    api = await response.json();
    draw();
  } catch (error) {
    document.getElementById("operations").replaceChildren(`The document could not be read: ${error.message}`);
  }
}

start();
