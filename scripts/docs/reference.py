"""What the code says of commands, settings, events, topics, keys, metrics, codes and routes."""

import inspect
import json
import re
from collections.abc import Iterable, Iterator
from enum import Enum
from importlib.resources import files
from typing import Any
from unittest.mock import Mock

import typer
from prometheus_client import CollectorRegistry
from pydantic_core import PydanticUndefined
from typer.core import TyperArgument, TyperCommand, TyperGroup

from api.app import create_app
from contracts import process_exit
from contracts.event_parser import Reason
from contracts.redis_keys import Keys
from contracts.settings import Settings
from contracts.topics import Topics, topic_configs
from reelstream.cli import app
from scripts.docs.tables import table
from speed.metrics import Metrics as SpeedMetrics
from streaming.metrics import Metrics as StreamingMetrics


def commands() -> str:
    """Every command with its help, arguments and options."""
    return "\n\n".join(_command(name, one) for name, one in _leaves(typer.main.get_command(app)))


def _leaves(command: object, name: str = "reelstream") -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for child in command.commands.values():
            yield from _leaves(child, f"{name} {child.name}")
    elif isinstance(command, TyperCommand):
        yield name, command


def _command(name: str, command: TyperCommand) -> str:
    shown = [one for one in command.params if one.name != "help"]
    words = [one.name.upper() for one in shown if isinstance(one, TyperArgument) and one.name]
    parts = [f"## {name}", f"`{' '.join([name, *words])}`", inspect.cleandoc(command.help or "")]
    if shown:
        rows = [[_name(one), _default(one), getattr(one, "help", None) or ""] for one in shown]
        parts.append(table(["", "default", ""], rows))
    return "\n\n".join(parts)


def _name(parameter: Any) -> str:
    if isinstance(parameter, TyperArgument):
        return f"`{(parameter.name or '').upper()}`"
    return ", ".join(f"`{word}`" for word in (*parameter.opts, *parameter.secondary_opts))


def _default(parameter: Any) -> str:
    value = parameter.default
    if parameter.required:
        return "required"
    if value is None or value is False or value in ((), []):
        return ""
    return f"`{value.value if isinstance(value, Enum) else value}`"


def settings() -> str:
    """Every setting: its variable, default and meaning."""
    rows = []
    for name, field in Settings.model_fields.items():
        unset = field.default is None or field.default is PydanticUndefined or field.default == ""
        default = "" if unset else f"`{field.default}`"
        rows.append([f"`REELSTREAM_{name.upper()}`", default, field.description or ""])
    return table(["variable", "default", "meaning"], rows)


def event() -> str:
    """The fields of an event, by its JSON Schema."""
    schema = _schema()
    rows = []
    for name, field in schema["properties"].items():
        need = "always" if name in schema["required"] else "if `kind` is `rated`"
        rows.append([f"`{name}`", need, _form(field), field.get("description", "")])
    return table(["field", "present", "form", "meaning"], rows)


def _schema() -> dict[str, Any]:
    found = json.loads((files("contracts") / "event.schema.json").read_text(encoding="utf-8"))
    return dict(found)


def _form(field: dict[str, Any]) -> str:
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "minimum" in field:
        step = f" in steps of {field['multipleOf']}" if "multipleOf" in field else ""
        return f"{field['type']}, {field['minimum']:,} to {field['maximum']:,}{step}"
    return f"{field['type']}, `{field['pattern']}`" if "pattern" in field else field["type"]


def reasons() -> str:
    """Why a record is rejected."""
    return ", ".join(f"`{reason.value}`" for reason in Reason)


def topics() -> str:
    """The topics that Reelstream creates, and with which configuration."""
    said = {name: getattr(Topics, name).__doc__ for name in ("ratings", "dead_letters", "retrain")}
    names = {getattr(Topics(), name): doc for name, doc in said.items()}
    default = Settings.model_fields["partitions"].default
    rows = [
        [f"`{name}`", str(count), ", ".join(f"`{k}={v}`" for k, v in config.items()), names[name]]
        for name, (count, config) in topic_configs(Topics(), default).items()
    ]
    return table(["topic", "partitions", "configuration", "content"], rows)


def keys() -> str:
    """Every Redis key: its pattern, type and content."""
    docs = [inspect.getdoc(one) or "" for one in vars(Keys).values() if inspect.isfunction(one)]
    found = [re.match(r"`([^`]+)`: ([^;]+); (.*)", doc, re.DOTALL) for doc in docs]
    return table(
        ["key", "type", "content"], [[f"`{one[1]}`", one[2], one[3]] for one in found if one]
    )


def streaming_metrics() -> str:
    """What the streaming application serves at `/metrics`."""
    registry = CollectorRegistry()
    StreamingMetrics(registry, starts=0)
    return _metrics(registry)


def speed_metrics() -> str:
    """What a speed worker serves at `/metrics`."""
    registry = CollectorRegistry()
    SpeedMetrics(registry, monotonic=lambda: 0.0)
    return _metrics(registry)


def _metrics(registry: CollectorRegistry) -> str:
    rows = []
    # The registry tells of a labelled metric's labels only when it has values; its collector knows.
    for collector in registry._collector_to_names:
        (metric,) = collector.describe() if hasattr(collector, "describe") else collector.collect()
        labels = ", ".join(f"`{label}`" for label in getattr(collector, "_labelnames", ()))
        total = "_total" if metric.type == "counter" else ""
        rows.append([f"`{metric.name}{total}`", metric.type, labels, metric.documentation])
    return table(["metric", "type", "labels", "meaning"], rows)


def exit_codes() -> str:
    """The exit codes, by the docstring of the module that defines them."""
    text = " ".join((process_exit.__doc__ or "").split())
    sentence = re.search(r"Exit codes: (.*?)\.(?: |$)", text)
    assert sentence
    pairs = (one.split(" ", 1) for one in sentence[1].split("; "))
    return table(["code", "meaning"], [[f"`{code}`", meaning] for code, meaning in pairs])


def routes() -> str:
    """Every route of the API, by its OpenAPI description."""
    described = create_app(Mock()).openapi()
    schemas = described["components"]["schemas"]
    return "\n\n".join(
        _route(method.upper(), path, route, schemas)
        for path, methods in described["paths"].items()
        for method, route in methods.items()
    )


def _route(method: str, path: str, route: dict[str, Any], schemas: dict[str, Any]) -> str:
    codes = ", ".join(f"`{code}`" for code in sorted(route["responses"]))
    parts = [f"## {method} {path}", route.get("description", ""), f"Status codes: {codes}."]
    if parameters := route.get("parameters"):
        rows = [
            [f"`{one['name']}`", one["in"], _limits(one["schema"]), one.get("description", "")]
            for one in parameters
        ]
        parts.append(table(["parameter", "in", "form", "meaning"], rows))
    parts += [f"{title}: {_fields(one, schemas)}." for title, one in _bodies(route)]
    return "\n\n".join(part for part in parts if part)


def _bodies(route: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The JSON that is sent, and what is answered where all is well."""
    well = next(code for code in sorted(route["responses"]) if code.startswith("2"))
    for title, holder in ("Body", route.get("requestBody")), ("Answer", route["responses"][well]):
        if holder and (content := holder.get("content", {}).get("application/json")):
            yield title, content["schema"]


def _fields(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """Names of a body's fields."""
    if several := schema.get("anyOf"):
        return ", or ".join(_fields(one, schemas) for one in several)
    each = schema.get("items", schema)
    named = schemas[each["$ref"].rsplit("/", 1)[-1]] if "$ref" in each else each
    fields = ", ".join(f"`{name}`" for name in named.get("properties", {})) or "JSON"
    return f"a list of {fields}" if "items" in schema else fields


def _limits(schema: dict[str, Any]) -> str:
    found = [schema, *schema.get("anyOf", [])]
    said = (_of_schema(one) for one in found if one.get("type") != "null")
    return "; ".join(one for one in said if one)


def _of_schema(schema: dict[str, Any]) -> str:
    said: Iterable[str] = (
        schema.get("type", ""),
        ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]) if value),
        f"{schema['minimum']:,} to {schema['maximum']:,}" if "maximum" in schema else "",
        f"default `{schema['default']}`" if schema.get("default") is not None else "",
    )
    return ", ".join(one for one in said if one)
