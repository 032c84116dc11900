# SPDX-License-Identifier: GPL-2.0-or-later
"""As much of JSON schema (draft 2020-12) as the schema of the topology file uses, and YAML as editors
read it. A keyword that is not known here is an error, so that none goes unseen."""
import math
import re

import yaml

TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool)
    or isinstance(v, float) and math.isfinite(v) and v == int(v),
}


def is_type(value, types):
    return any(TYPES[t](value) for t in ([types] if isinstance(types, str) else types))


def same(a, b):
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def properties(value, known, schema):
    for key, sub in known.items():
        if key in value:
            yield from errors(value[key], sub, key)
    patterns = schema.get("patternProperties", {})
    for key, sub in value.items():
        fits = [p for p in patterns if re.search(p, key)]
        for pattern in fits:
            yield from errors(sub, patterns[pattern], key)
        if key not in known and not fits:
            yield from errors(sub, schema.get("additionalProperties", True), key)


# keyword -> (the type that it speaks of, what is wrong): NAME: f(value, the keyword's value, schema)
CHECKS = {
    "type": (None, lambda v, want, s: [] if is_type(v, want) else [f"{v!r} is not {want}"]),
    "enum": (None, lambda v, want, s: [] if any(same(v, w) for w in want) else [f"{v!r} is none of {want}"]),
    "anyOf": (None, lambda v, subs, s: [] if any(not list(errors(v, sub)) for sub in subs) else
              [f"{v!r} fits nothing: " + "; ".join(e for sub in subs for e in errors(v, sub))]),
    "minimum": ("number", lambda v, least, s: [] if v >= least else [f"{v} is less than {least}"]),
    "maximum": ("number", lambda v, most, s: [] if v <= most else [f"{v} is more than {most}"]),
    "minLength": ("string", lambda v, least, s: [] if len(v) >= least else ["the text is too short"]),
    "pattern": ("string", lambda v, p, s: [] if re.search(p, v) else [f"{v!r} does not match {p}"]),
    "minItems": ("array", lambda v, least, s: [] if len(v) >= least else ["the list is too short"]),
    "maxItems": ("array", lambda v, most, s: [] if len(v) <= most else ["the list is too long"]),
    "items": ("array", lambda v, sub, s: [e for i, x in enumerate(v) for e in errors(x, sub, str(i))]),
    "required": ("object", lambda v, keys, s: [f"{k} is missing" for k in keys if k not in v]),
    "properties": ("object", lambda v, known, s: list(properties(v, known, s))),
}
# Those that are looked at with "properties", and those that say nothing of a value.
OTHERS = {"additionalProperties", "patternProperties", "description", "title", "$schema", "$id"}


def errors(value, schema, where=""):
    """What is wrong with a value, line by line; nothing where it is valid."""
    if isinstance(schema, bool):
        if not schema:
            yield f"{where}: is not allowed"
        return
    unknown = set(schema) - set(CHECKS) - OTHERS
    if unknown:
        raise ValueError(f"keywords that are not known here: {unknown}")
    if "additionalProperties" in schema and "properties" not in schema:
        schema = dict(schema, properties={})
    for keyword, argument in schema.items():
        kind, check = CHECKS.get(keyword, (None, None))
        if check and (kind is None or is_type(value, kind)):
            for e in check(value, argument, schema):
                yield f"{where}/{e}" if keyword in ("properties", "items") else f"{where}: {e}"


class Yaml12(yaml.SafeLoader):
    """YAML 1.2's core schema, which most editors take: yes and on are texts."""

    yaml_implicit_resolvers = {}


for tag, pattern, first in [
        ("null", r"^(~|null|Null|NULL|)$", ["~", "n", "N", ""]),
        ("bool", r"^(true|True|TRUE|false|False|FALSE)$", list("tTfF")),
        ("int", r"^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", list("-+0123456789")),
        ("float", r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", list("-+.0123456789")),
        ("merge", r"^<<$", ["<"])]:
    Yaml12.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), first)


def integer_12(loader, node):
    text = loader.construct_scalar(node)
    return int(text, 0) if text[:2] in ("0x", "0o") else int(text)


Yaml12.add_constructor("tag:yaml.org,2002:int", integer_12)


def as_json(value):
    """What JSON can say: keys are texts, and so is a date."""
    if isinstance(value, dict):
        return {k if isinstance(k, str) else str(k): as_json(v) for k, v in value.items()}
    if isinstance(value, list):
        return [as_json(v) for v in value]
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def readings(text):
    """A file as each kind of editor reads it: by name of the YAML version."""
    return {name: as_json(yaml.load(text, loader))
            for name, loader in (("1.1", yaml.SafeLoader), ("1.2", Yaml12))}
