// Schemas (JSON Schema 2020-12, as far as the document uses it) as words and as examples.

let api = {};

function resolve(value) {
  for (let hops = 0; value?.$ref && hops < 10; hops += 1) {
    const steps = value.$ref.split("/").slice(1);
    const plain = (step) => step.replaceAll("~1", "/").replaceAll("~0", "~");
    value = steps.reduce((found, step) => found?.[plain(step)], api);
  }
  return value ?? {};
}

function nameOf(schema) {
  return schema?.$ref?.split("/").pop();
}

function choices(schema) {
  return schema.oneOf ?? schema.anyOf;
}

// The type in a few words, for a cell of a table.
function kind(schema) {
  if (!schema) return "any";
  if (schema.$ref) return nameOf(schema);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (choices(schema)) return choices(schema).map(kind).join(" | ");
  if (schema.allOf) return schema.allOf.map(kind).join(" & ");
  const types = [schema.type ?? "any"].flat();
  const words = types.map((type) => (type === "array" ? `[${kind(schema.items)}]` : type));
  return words.join(" | ") + (schema.format ? ` (${schema.format})` : "");
}

// The whole of it, as an outline; a schema inside itself is named and not opened again.
function outline(schema, indent = "", seen = []) {
  const name = nameOf(schema);
  if (name && seen.includes(name)) return name;
  const inside = name ? [...seen, name] : seen;
  const real = resolve(schema);
  if (choices(real)) return choices(real).map((part) => outline(part, indent, inside)).join(" | ");
  if (real.allOf) return real.allOf.map((part) => outline(part, indent, inside)).join(" & ");
  if (real.properties) return fields(real, indent, inside);
  const extra = real.additionalProperties;
  if (extra && extra !== true) return `{ [name]: ${outline(extra, indent, inside)} }`;
  if ([real.type].flat().includes("array")) {
    const nullable = [real.type].flat().includes("null") ? " | null" : "";
    return `[${outline(real.items ?? {}, indent, inside)}]${nullable}`;
  }
  return kind(real);
}

function fields(schema, indent, seen) {
  const deeper = `${indent}  `;
  const line = ([name, property]) => {
    const mark = schema.required?.includes(name) ? "" : "?";
    const about = property.description ?? resolve(property).description;
    const words = about ? `  // ${about.replaceAll("\n", " ")}` : "";
    return `${deeper}${name}${mark}: ${outline(property, deeper, seen)}${words}\n`;
  };
  return `{\n${Object.entries(schema.properties).map(line).join("")}${indent}}`;
}

// A value to begin with: what is required, and what has an example or a default.
function example(schema, depth = 0) {
  const real = resolve(schema);
  if (real.examples?.length) return real.examples[0];
  if (real.example !== undefined) return real.example;
  if (real.default !== undefined) return real.default;
  if (real.enum) return real.enum[0];
  if (depth > 6) return null;
  const part = real.allOf?.[0] ?? choices(real)?.find((choice) => choice.type !== "null");
  if (part) return example(part, depth + 1);
  const type = [real.type].flat().find((name) => name !== "null");
  if (type === "array") return [];
  if (type === "object" || real.properties) {
    const wanted = Object.entries(real.properties ?? {}).filter(([name]) => real.required?.includes(name));
    return Object.fromEntries(wanted.map(([name, value]) => [name, example(value, depth + 1)]));
  }
  return { integer: real.minimum ?? 0, number: real.minimum ?? 0, boolean: false, string: "" }[type] ?? null;
}
