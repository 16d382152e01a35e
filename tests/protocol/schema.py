# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks values against JSON Schema, written apart from the product's own checker."""

import re

TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool) or isinstance(v, float) and v.is_integer(),
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
}

KNOWN = {
    "$ref", "$schema", "$id", "$defs", "title", "description", "default", "examples", "type", "enum", "const",
    "properties", "required", "additionalProperties", "items", "minItems", "maxItems", "minimum", "maximum",
    "minLength", "maxLength", "pattern", "oneOf", "anyOf", "uniqueItems",
}


def resolve(document, schema):
    """Follows $ref inside the document."""
    while "$ref" in schema:
        target = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        schema = target
    return schema


def problems(document, schema, value, path="$"):
    """Yields what does not fit, each with its place."""
    schema = resolve(document, schema)
    unknown = {key for key in schema if not key.startswith("x-")} - KNOWN
    if unknown:
        yield f"{path}: the schema uses {unknown}"
    if "type" in schema:
        names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(TYPES[name](value) for name in names):
            yield f"{path}: {value!r} is not of type {names}"
            return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{path}: {value!r} is not {schema['const']!r}"
    yield from _alternatives(document, schema, value, path)
    if isinstance(value, dict):
        yield from _object(document, schema, value, path)
    elif isinstance(value, list):
        yield from _array(document, schema, value, path)
    elif isinstance(value, str):
        yield from _string(schema, value, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            yield f"{path}: {value} is out of range"


def _alternatives(document, schema, value, path):
    for word, enough in (("oneOf", lambda n: n == 1), ("anyOf", lambda n: n >= 1)):
        if word in schema:
            fitting = sum(not list(problems(document, each, value)) for each in schema[word])
            if not enough(fitting):
                yield f"{path}: fits {fitting} of {word}"


def _object(document, schema, value, path):
    known = schema.get("properties", {})
    for name in schema.get("required", []):
        if name not in value:
            yield f"{path}: {name} is missing"
    for name, member in value.items():
        if name in known:
            yield from problems(document, known[name], member, f"{path}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{path}: {name} is not described"
        elif isinstance(schema.get("additionalProperties"), dict):
            yield from problems(document, schema["additionalProperties"], member, f"{path}.{name}")


def _array(document, schema, value, path):
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{path}: {len(value)} items"
    for number, item in enumerate(value):
        yield from problems(document, schema.get("items", {}), item, f"{path}[{number}]")


def _string(schema, value, path):
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        yield f"{path}: {len(value)} characters"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{path}: {value!r} does not match {schema['pattern']}"
