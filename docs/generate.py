"""Write the reference pages from the program itself: `make reference`.

A page written by hand says what its author believed. Tests compare these files with what the program
says now.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from doorward.cli.failures import EXIT_CODES
from doorward.cli.main import root
from doorward.formats.settings import SETTINGS, Reach
from doorward.inspect import limits
from doorward.inspect.limits import DEFAULT_LIMITS
from doorward.inspect.probes.catalogue import all_kinds
from doorward.inspect.weights import shipped
from doorward.model import trait
from doorward.model.trait import Channel, Suspicion, TraitKind

__all__ = ["pages"]

HERE = Path(__file__).parent
NOTE = "<!-- Written by `make reference` from the program; edit the program instead. -->\n"


def pages() -> dict[str, str]:
    """Every generated file below `docs/`, by path."""
    made = {
        "benchmarks/index.md": benchmarks_page(),
        "reference/commands.md": commands_page(),
        "reference/exit-codes.md": exit_codes_page(),
        "reference/limits.md": limits_page(),
        "reference/report-format.md": format_page(),
        "reference/rules.md": rules_page(),
        "reference/settings.md": settings_page(),
        "reference/weights.md": weights_page(),
    }
    for name in ("contract", "report", "updates"):
        made[f"reference/{name}.schema.json"] = schema_text(name)
    return made


def commands_page() -> str:
    parts = ["# Commands\n", NOTE, "Every command with the help it prints itself.\n"]
    for path, command in walk("doorward", root):
        parts.append(f"## {path}\n\n```text\n{help_of(path, command)}\n```\n")
    return "\n".join(parts)


def walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """A command and those below it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=path)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from walk(f"{path} {name}", below)


def help_of(path: str, command: click.Command) -> str:
    """The help as it is printed at 90 columns."""
    settings = {**command.context_settings, "max_content_width": 90, "terminal_width": 90}
    settings.setdefault("help_option_names", ["-h", "--help"])
    context = click.Context(command, info_name=path, **settings)
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines())


def exit_codes_page() -> str:
    rows = [f"| {row.code} | {row.meaning} | {row.examples} |" for row in EXIT_CODES]
    return "\n".join(
        [
            "# Exit codes\n",
            NOTE,
            "The same for every command. What could not be decided is never 0; a crash is never 1.\n",
            "| code | means | for example |\n| --- | --- | --- |",
            *rows,
            "",
            "Every failure is told on stderr: what was being checked, what was expected, what was found, and what to",
            "do next. Results go to stdout, talk to stderr.\n",
        ]
    )


REACHES = {
    Reach.FLAG: "flag only",
    Reach.ENVIRONMENT: "flag, environment",
    Reach.PROJECT: "flag, environment, project file",
}


def settings_page() -> str:
    rows = []
    for setting in SETTINGS:
        default = "on" if setting.default is True else "off" if setting.default is False else setting.default
        value = ", ".join(f"`{choice}`" for choice in setting.choices)
        told = setting.help + (f" One of {value}." if value else "")
        variable = f"`{setting.variable}`" if setting.reach > Reach.FLAG else "none"
        shown = f"`{default}`" if default not in {"", ()} else "none"
        rows.append(
            f"| `{setting.name}` | `{setting.flag}` | {variable} | {REACHES[setting.reach]} | {shown} | {told} |"
        )
    return "\n".join(
        [
            "# Settings\n",
            NOTE,
            "In order of precedence: the flag; the environment (`DOORWARD_…`); the project file, which is",
            "`doorward.toml`, or `[tool.doorward]` in `pyproject.toml`, of the working folder or, within a git",
            "checkout, of a folder above it; the default. `doorward config show --origin` shows what applies here.\n",
            "```toml",
            "# doorward.toml; in pyproject.toml the table is [tool.doorward.inspect]",
            "[inspect]",
            'format = "markdown"',
            "all-artifacts = true",
            "```\n",
            "**What weakens a check, and what is trusted, can only be given as a flag**: the environment and the",
            "project file may belong to the side under judgment. Naming such a setting there is an error, and so is",
            "an unknown key; both with file and line.\n",
            "| setting | flag | variable | may stand in | default | |\n| --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
            "A project file inside a folder that is itself under judgment is not read. `DOORWARD_DEBUG=1` prints a",
            "traceback with every failure, as `doorward --debug` does. `NO_COLOR` is honoured. Caches lie in",
            "`$XDG_CACHE_HOME/doorward`.\n",
        ]
    )


def limits_page() -> str:
    told = documented_fields(limits.Limits)
    rows = [
        f"| `{name}` | {amount(name, getattr(DEFAULT_LIMITS, name))} | {told[name]} |"
        for name in limits.Limits.__dataclass_fields__
    ]
    return "\n".join(
        [
            "# Limits\n",
            NOTE,
            "What one inspection may cost. Whatever meets a limit is *not examined*, with the name of the limit, and is",
            "never called clear. `--limit NAME=VALUE` sets another bound, on the command line only.\n",
            "| limit | default | why |\n| --- | ---: | --- |",
            *rows,
            "",
        ]
    )


def amount(name: str, value: float) -> str:
    """A number as people read it."""
    if name.endswith(("bytes", "floor")):
        return f"{int(value) // (1 << 20):,} MiB"
    return f"{value:g} s" if name.endswith("seconds") else f"{value:,}"


def documented_fields(kind: type) -> dict[str, str]:
    """The docstring under each field of a class."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        value = text.value if isinstance(text, ast.Expr) else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            target = (
                field.target if isinstance(field, ast.AnnAssign) else getattr(field, "targets", [None])[0]
            )
            if isinstance(target, ast.Name):
                found[target.id] = " ".join(value.value.split())
    return found


STRENGTHS = {
    Suspicion.STRONG: "central to most back doors of public record",
    Suspicion.MEDIUM: "common in them",
    Suspicion.WEAK: "seen in them, and everywhere else",
    Suspicion.CONTEXT: "says something about the update, nothing about guilt",
}


def rules_page() -> str:
    channels = documented_fields(trait.Channel)
    kinds = sorted(all_kinds().values(), key=lambda kind: (list(Channel).index(kind.channel), kind.name))
    parts = [
        "# Rules\n",
        NOTE,
        f"The {len(kinds)} kinds of things that can be new in a release, by channel. A finding's `rule` is one of these",
        "names. *Blocks* means that it blocks by rule when it is new against the forerunners; everything else is",
        "[weighed](../explanation/judge.md).\n",
        "## Channels\n",
        "Evidence counts as independent only across channels.\n",
        "| channel | |\n| --- | --- |",
        *(f"| [{channel.value}](#{channel.value}) | {channels[channel.name]} |" for channel in Channel),
        "",
    ]
    for channel in Channel:
        members = [kind for kind in kinds if kind.channel is channel]
        if members:
            parts.append(f"## {channel.value}\n")
            parts.extend(rule(kind) for kind in members)
    return "\n".join(parts)


def rule(kind: TraitKind) -> str:
    weight = "blocks" if kind.always_block else f"{kind.suspicion.value}: {STRENGTHS[kind.suspicion]}"
    attack = ", ".join(
        f"[{technique}](https://attack.mitre.org/techniques/{technique.replace('.', '/')}/)"
        for technique in kind.attack
    )
    return "\n".join(
        [
            f"### {kind.name}\n",
            f"{escaped(kind.title)}\n",
            f"- **Weight:** {weight}",
            f"- **Why:** {escaped(kind.why)}",
            f"- **Or else:** {escaped(kind.innocent)}",
            f"- **Settle:** {escaped(kind.settle)}",
            *([f"- **ATT&CK:** {attack}"] if attack else []),
            "",
        ]
    )


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, code spans apart."""
    return text.replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_") if "`" not in text else text


def schema_text(name: str) -> str:
    return (files("doorward.formats") / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")


def weights_page() -> str:
    weights = shipped()
    known = weights.provenance
    pairs = known["pairs"]
    rows = [f"| {ecosystem} | {count:,} |" for ecosystem, count in sorted(pairs.items())]
    return "\n".join(
        [
            "# Weights\n",
            NOTE,
            "The counts that the judge weighs by come from a corpus of real, benign, neighbouring releases. It is pinned by",
            "name, version and digest; `make corpus` fetches it, compares each pair, and fits the weights anew. No back",
            "door, real or made, takes part. Packages [reserved for measuring](../how-to/contribute.md#packages-we-leave-alone)",
            "are not in it.\n",
            "| ecosystem | pairs |\n| --- | ---: |",
            *rows,
            f"| **all** | **{weights.pairs:,}** |",
            "",
            f"From {known['packages']:,} packages, counted on {known['date']}. Digest of the pinned list: `{known['pinned']}`.\n",
            f"A surprise of {weights.review_at:g} digits is worth a review, which {known['review_share']:.1%} of the benign pairs reach when judged",
            f"by the counts of *other* packages; one of {weights.block_at:g} digits may block, which {known['block_share']:.2%} of them reach.\n",
            "A kind of software that is not in the corpus may be weighed wrongly, in either direction.\n",
        ]
    )


MEASURED = (
    ("False alarms", "false_alarms", "false-alarms-table.md", ""),
    ("Detection", "detection", "detection-table.md", ""),
    ("Speed", "speed", "speed-table.md", "speed.svg"),
    ("Growth", "growth", "growth-table.md", "growth.svg"),
)
"""Heading, script of `bench/inspect`, the table it writes, and its plot."""


def benchmarks_page() -> str:
    """What `make bench` measured, below what each script says of how it measures."""
    folder = HERE / "benchmarks"
    parts = [
        "# Benchmarks\n",
        NOTE,
        "`make corpus` and `make bench` repeat all of this. Numbers of different machines do not compare; ratios within one run do.\n",
    ]
    for heading, script, table, plot in MEASURED:
        parts += [f"## {heading}\n", *how_measured(script)]
        if (folder / table).is_file():
            parts.append((folder / table).read_text(encoding="utf-8"))
            if plot and (folder / plot).is_file():
                parts.append(f"![{heading}]({plot})\n")
        else:
            parts.append("Not measured with this version yet.\n")
    remarks = folder / "remarks.md"
    if remarks.is_file():
        parts.append(remarks.read_text(encoding="utf-8"))
    return "\n".join(parts)


def how_measured(script: str) -> Iterator[str]:
    """A benchmark's own docstring, without the command line in it."""
    source = (HERE.parent / "bench" / "inspect" / f"{script}.py").read_text(encoding="utf-8")
    for paragraph in (ast.get_docstring(ast.parse(source)) or "").split("\n\n"):
        if not paragraph.startswith("    "):
            yield paragraph + "\n"


def format_page() -> str:
    parts = [
        "# The report as JSON\n",
        NOTE,
        "`doorward inspect OLD... NEW --format json` prints one object that follows",
        "[report.schema.json](report.schema.json); `--lock` and `--since` one that follows",
        "[updates.schema.json](updates.schema.json). Both are ASCII and carry `schema_version`. Within a version,",
        "fields may be added, and none changes its meaning.\n",
    ]
    for name, title in (("report", "One pair of releases"), ("updates", "The updates of a lock file")):
        schema = json.loads(schema_text(name))
        parts += [f"## {title}\n", *fields(schema)]
        for definition, content in schema.get("$defs", {}).items():
            if "properties" in content and name == "report":
                parts += [f"### {definition}\n", *fields(content)]
    return "\n".join(parts)


def fields(schema: Mapping[str, Any]) -> list[str]:
    rows = [
        f"| `{name}` | {type_of(content)} | {content.get('description', '')} |"
        for name, content in schema["properties"].items()
    ]
    return ["| field | type | |\n| --- | --- | --- |", *rows, ""]


def type_of(schema: Mapping[str, Any]) -> str:
    """A field's type in words."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name})" if name in {"artifact", "finding", "change", "coverage"} else name
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "oneOf" in schema or "anyOf" in schema:
        return " or ".join(type_of(one) for one in schema.get("oneOf", schema.get("anyOf", [])))
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {type_of(schema.get('items', {}))}"
    kind = schema.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


if __name__ == "__main__":
    for name, text in pages().items():
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"docs/{name}\n")
