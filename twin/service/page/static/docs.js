// The interface as its description tells it: routes, what they take, and what they answer.

import { h, show, table } from "./dom.js";

function named(schema) {
  return schema?.$ref?.split("/").pop() ?? (schema?.items ? `list of ${named(schema.items)}` : schema?.type ?? (schema?.anyOf ?? []).map(named).join(" or "));
}

function kinds(content) {
  return Object.entries(content ?? {}).map(([kind, body]) => `${kind}: ${named(body.schema) || "any"}`).join(", ");
}

function takes(route) {
  const rows = (route.parameters ?? []).map((one) => ({ name: one.name, where: one.in, kind: named(one.schema), said: one.description ?? "" }));
  if (route.requestBody) rows.push({ name: "body", where: "body", kind: kinds(route.requestBody.content), said: "" });
  return rows.length ? table(["name", "where", "kind", "said"].map((name) => ({ title: name, value: (row) => row[name] })), rows, { caption: "takes" }) : null;
}

function answers(route) {
  const rows = Object.entries(route.responses).map(([status, one]) => ({ status, kind: kinds(one.content), said: one.description }));
  return table(["status", "kind", "said"].map((name) => ({ title: name, value: (row) => row[name] })), rows, { caption: "answers" });
}

function section(path, method, route) {
  return h("details", {}, h("summary", {}, h("code", {}, `${method.toUpperCase()} ${path}`), ` ${route.summary ?? ""}`),
    h("p", {}, route.description ?? ""), takes(route), answers(route));
}

const found = await (await fetch("/v1/openapi.json")).json();
const routes = Object.entries(found.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, route]) => section(path, method, route)));
show(document.getElementById("docs"), h("h1", {}, `${found.info.title} ${found.info.version}`), h("p", {}, found.info.description),
  h("p", {}, h("a", { href: "/v1/openapi.json" }, "openapi.json")), routes);
