// One operation: what it takes and gives, and a form to try it.

let counter = 0;

function describe(path, method, operation) {
  const inside = element("div", { class: "inside" });
  const heading = element(
    "summary", {},
    element("span", { class: `method ${method}` }, method.toUpperCase()),
    element("code", {}, path), " ",
    element("span", { class: "faint" }, operation.summary ?? ""),
  );
  const details = element("details", { id: operation.operationId }, heading, inside);
  // Some hundred forms at once would be slow to make and to read.
  const open = () => {
    if (details.open && !inside.hasChildNodes()) inside.append(...contents(path, method, operation));
  };
  details.addEventListener("toggle", open);
  return details;
}

function contents(path, method, operation) {
  const open = operation.security?.length === 0;
  const parameters = (operation.parameters ?? []).map(resolve);
  return [
    operation.description ? element("p", {}, operation.description) : null,
    element("p", { class: "faint" }, open ? "Open to everyone." : "Wants a login token."),
    parameters.length ? section("Parameters", parameterTable(parameters)) : null,
    operation.requestBody ? section("Body", ...bodies(resolve(operation.requestBody))) : null,
    section("Answers", ...Object.entries(operation.responses ?? {}).map(answer)),
    section("Try it", trial(path, method, parameters, operation.requestBody && resolve(operation.requestBody))),
  ].filter(Boolean);
}

function parameterTable(parameters) {
  const row = (one) => [
    element("code", {}, one.name), one.in, kind(one.schema), one.required ? "yes" : "no", one.description ?? "",
  ];
  return table(["Name", "In", "Type", "Required", "About"], parameters.map(row));
}

function bodies(body) {
  return Object.entries(body.content ?? {}).flatMap(([type, content]) => [
    element("p", {}, element("code", {}, type), body.required ? "" : " (may be absent)"),
    element("pre", { tabindex: 0 }, outline(content.schema ?? {})),
  ]);
}

function answer([status, response]) {
  const real = resolve(response);
  const words = element("p", {}, element("strong", {}, status), " ", real.description ?? "");
  const shapes = Object.entries(real.content ?? {}).flatMap(([type, content]) => [
    element("p", { class: "faint" }, type),
    element("pre", { tabindex: 0 }, outline(content.schema ?? {})),
  ]);
  return element("div", {}, words, ...shapes);
}

function labelled(text, control) {
  counter += 1;
  control.id = `field-${counter}`;
  return element("div", { class: "field" }, element("label", { for: control.id }, text), control);
}

function trial(path, method, parameters, body) {
  const controls = parameters.map((one) => [one, control(one)]);
  const sender = body ? bodyFields(body) : { fields: [], read: () => ({}) };
  const button = element("button", { type: "submit" }, "Send");
  const output = element("div", { "aria-live": "polite" });
  const rows = controls.map(([one, field]) => labelled(`${one.name}${one.required ? " *" : ""}`, field));
  const form = element("form", {}, ...rows, ...sender.fields, button, output);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    output.replaceChildren("Waiting …");
    try {
      output.replaceChildren(...(await send(path, method, controls, sender.read())));
    } catch (error) {
      output.replaceChildren(`No answer: ${error.message}`);
    }
    button.disabled = false;
  });
  return form;
}

function control(parameter) {
  const schema = resolve(parameter.schema);
  const values = schema.enum ?? (schema.type === "boolean" ? [true, false] : null);
  if (!values) return element("input", { type: "text", required: parameter.required, spellcheck: "false" });
  const options = values.map((value) => element("option", {}, String(value)));
  return element("select", {}, parameter.required ? null : element("option", { value: "" }, "(none)"), ...options);
}

// The fields of a body and how they become one.
function bodyFields(body) {
  const [type, content] = Object.entries(body.content)[0];
  const schema = resolve(content.schema);
  const names = Object.keys(schema.properties ?? {});
  if (type === "multipart/form-data" || type === "application/x-www-form-urlencoded") {
    const bytes = (name) => !resolve(schema.properties[name]).type;
    const secret = (name) => /password|secret/.test(name);
    const input = (name) => element("input", {
      type: bytes(name) ? "file" : secret(name) ? "password" : "text",
      required: schema.required?.includes(name),
      autocomplete: "off",
    });
    const inputs = names.map((name) => [name, input(name)]);
    return {
      fields: inputs.map(([name, field]) => labelled(`${name}${field.required ? " *" : ""}`, field)),
      read: () => ({ body: formData(inputs, type) }),
    };
  }
  const text = element("textarea", { spellcheck: "false" });
  text.value = JSON.stringify(example(content.schema), null, 2);
  const read = () => (text.value.trim() ? { body: text.value, type } : {});
  return { fields: [labelled(`Body (${type})`, text)], read };
}

function formData(inputs, type) {
  const data = type === "multipart/form-data" ? new FormData() : new URLSearchParams();
  for (const [name, input] of inputs) {
    const value = input.type === "file" ? input.files[0] : input.value;
    if (value) data.append(name, value);
  }
  return data;
}

async function send(path, method, controls, { body, type }) {
  const headers = {};
  const token = document.getElementById("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  if (type) headers["Content-Type"] = type;
  const query = new URLSearchParams();
  for (const [parameter, field] of controls) {
    const value = field.value;
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, () => encodeURIComponent(value));
    else if (value !== "" && parameter.in === "query") query.append(parameter.name, value);
    else if (value !== "" && parameter.in === "header") headers[parameter.name] = value;
  }
  const base = (api.servers?.[0]?.url ?? "").replace(/\/$/, "");
  const address = base + path + (query.size ? `?${query}` : "");
  const response = await fetch(address, { method: method.toUpperCase(), headers, body, cache: "no-store" });
  return show(method, address, response, await response.blob());
}

const LONGEST = 200000;

async function show(method, address, response, blob) {
  const head = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  const parts = [
    element("p", {}, element("code", {}, `${method.toUpperCase()} ${address}`)),
    element("p", {}, element("strong", {}, `${response.status} ${response.statusText}`)),
    element("pre", { tabindex: 0 }, head),
  ];
  const kind = response.headers.get("content-type") ?? "";
  if (blob.size === 0) return parts;
  if (!/json|text|xml/.test(kind) || blob.size > LONGEST) return [...parts, element("p", {}, `${blob.size} bytes of ${kind}`)];
  let text = await blob.text();
  try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: as it is */ }
  return [...parts, element("pre", { tabindex: 0 }, text)];
}
