"""The smallest value that fits a JSON schema, for asking operations nobody wrote a question for."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

_FORMATS = {
    "date": "2026-06-15",
    "date-time": "2026-06-15T08:00:00Z",
    "time": "08:00:00",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uri": "https://example.org/",
    "email": "somebody@example.org",
    "binary": "x",
}


class NoValueError(Exception):
    """No value that fits was found."""


def value_for(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    """A value that fits a schema of an OpenAPI document. Raises NoValueError."""
    value = _value(schema, document)
    checked = schema | {"components": document.get("components", {})}
    error = next(iter(Draft202012Validator(checked).iter_errors(value)), None)
    if error is not None:
        raise NoValueError(error.message)
    return value


def _value(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    if "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return _value(found, document)
    for known in ("const", "default"):
        if known in schema:
            return schema[known]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("examples"):
        return schema["examples"][0]
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return _value(schema[choice][0], document)
    if "allOf" in schema:
        parts = [_value(part, document) for part in schema["allOf"]]
        return {name: inner for part in parts for name, inner in part.items()}
    return _of_type(schema, document)


def _of_type(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: _value(properties.get(name, {}), document) for name in schema.get("required", ())}
    if kind == "array":
        items = schema.get("prefixItems") or [schema.get("items", {})] * schema.get("minItems", 0)
        return [_value(item, document) for item in items]
    if kind in ("integer", "number"):
        least = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
        return max(least, 0) if "maximum" not in schema else min(max(least, 0), schema["maximum"])
    if kind == "boolean":
        return False
    if kind == "null":
        return None
    return _FORMATS.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 0)))
