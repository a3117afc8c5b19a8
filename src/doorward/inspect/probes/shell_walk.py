"""What the functions of a shell script can do, and what flows through its pipes and variables.

One walk in source order over tree-sitter's tree. Labels run along pipes, through substitutions and
variables, and through files by the words that name them: `curl -o F …; chmod +x F; F` runs what came
from the network, however the three are spread.
"""

from __future__ import annotations

import re
from typing import Final

import tree_sitter
import tree_sitter_bash

from doorward.inspect.probes.capabilities import CREDENTIAL_PATH, FLOWS, PERSISTENCE_PATH
from doorward.inspect.probes.capabilities_shell import INTERPRETERS, abilities
from doorward.inspect.probes.script_model import MODULE, Function, Script

__all__ = ["ShellWalk"]

Node = tree_sitter.Node
LANGUAGE: Final = tree_sitter.Language(tree_sitter_bash.language())
BITS: Final = {
    name: 1 << number
    for number, name in enumerate(("decoded", "network", "dns", "file", "secret", "host", "encoded"))
}
SOURCE_OF: Final = {
    "decode": "decoded",
    "network": "network",
    "dns": "dns",
    "credentials": "secret",
    "environment-bulk": "secret",
    "host-info": "host",
    "encode": "encoded",
}
INLINE: Final = re.compile(r"-\w*[cer]\b|--eval|--command|-Command|-EncodedCommand", re.IGNORECASE)
WRAPPERS: Final = frozenset(
    [
        "sudo",
        "env",
        "exec",
        "command",
        "nohup",
        "setsid",
        "time",
        "nice",
        "ionice",
        "timeout",
        "busybox",
        "doas",
        "builtin",
        "xargs",
        "eatmydata",
        "stdbuf",
        "chroot",
    ]
)
OUTPUT: Final = re.compile(
    r"(?:^| )(?:-o|-O|--output|--output-document|-qO|-sSLo|-fsSLo|-Lo|-sLo|-so|of=)[ =]?([^ ]+)"
)
INNER_QUOTES: Final = re.compile(r"\w(?:''|\"\"|\\(?=\w)|'\w+'(?=\w)|\"\w+\"(?=\w))\w*")
"""Quotes and backslashes inside a command's name mean nothing to the shell, and break words for readers."""
DEPTH: Final = 120
STEPS: Final = 300_000


class ShellWalk:
    """One walk over one script."""

    def __init__(self, text: str, script: Script) -> None:
        self.data = text.encode("utf-8", "replace")
        self.script = script
        self.function = script.function(MODULE)
        self.variables: dict[str, int] = {}
        self.files: dict[str, int] = {}
        self.returns: dict[str, int] = {}
        self.defined: set[str] = set()
        self.embedded: list[tuple[str, str, int]] = []
        """Interpreter, code and line of scripts inside this one."""
        self.steps = 0
        root = tree_sitter.Parser(LANGUAGE).parse(self.data).root_node
        if root.type == "ERROR":
            script.unparsable = "shell"
        for _ in range(
            2
        ):  # functions are defined after they are called, and files written after they are named
            self.steps = 0
            self.fresh = not self.defined
            self.labels(root, 0, 0)
            if not self.defined:
                break

    def text(self, node: Node) -> str:
        """The source of a node, bounded."""
        return self.data[node.start_byte : min(node.end_byte, node.start_byte + 20_000)].decode(
            "utf-8", "replace"
        )

    def labels(self, node: Node | None, given: int, depth: int) -> int:
        """What a node's output carries, when this flows in."""
        self.steps += 1
        if node is None or depth > DEPTH or self.steps > STEPS:
            return 0
        reader = READERS.get(node.type)
        if reader is not None:
            return reader(self, node, given, depth + 1)
        result = 0
        for child in node.named_children:
            result |= self.labels(child, given, depth + 1)
        return result

    def definition(self, node: Node, given: int, depth: int) -> int:
        """A function is a place of its own."""
        name = node.child_by_field_name("name")
        outer = self.function
        known = self.text(name)[:80] if name is not None else "?"
        self.defined.add(known)
        self.function = self.script.function(known, node.start_point[0] + 1)
        self.function.end = node.end_point[0] + 1
        self.returns[known] = self.returns.get(known, 0) | self.labels(
            node.child_by_field_name("body"), given, depth
        )
        self.function = outer
        return 0

    def pipeline(self, node: Node, given: int, depth: int) -> int:
        """Output of one is input of the next."""
        flowing = given
        for child in node.named_children:
            flowing = self.labels(child, flowing, depth)
        return flowing

    def assignment(self, node: Node, _given: int, depth: int) -> int:
        """`X=…`."""
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        labels = self.labels(value, 0, depth)
        if name is not None and labels:
            known = self.text(name)
            self.variables[known] = self.variables.get(known, 0) | labels
        if name is not None and self.text(name).startswith("LD_"):
            self.note({"native"}, node)
        if value is not None:
            self.paths(self.text(value), node)
        return 0

    def expansion(self, node: Node, _given: int, _depth: int) -> int:
        """`$x` and `${x…}`."""
        names = [child for child in node.named_children if child.type == "variable_name"]
        return self.variables.get(self.text(names[0]), 0) if names else 0

    def substitution(self, node: Node, _given: int, depth: int) -> int:
        """`$(…)` and `<(…)`: what is in it runs with nothing flowing in."""
        result = 0
        for child in node.named_children:
            result |= self.labels(child, 0, depth)
        return result

    def redirected(self, node: Node, given: int, depth: int) -> int:  # noqa: C901, PLR0912 - one plain branch for each case
        """Redirections write files, read files, and silence."""
        body = node.child_by_field_name("body")
        redirects = [child for child in node.children if child.type.endswith("_redirect")]
        inflow = given
        for redirect in redirects:
            if redirect.type in {"heredoc_redirect", "herestring_redirect"}:
                inflow |= self.substitution(redirect, 0, depth)
        quiet = False
        written: list[str] = []
        for redirect in redirects:
            if redirect.type != "file_redirect":
                continue
            target = redirect.child_by_field_name("destination")
            word = self.text(target) if target is not None else ""
            sign = self.text(redirect)
            if "/dev/tcp/" in sign or "/dev/udp/" in sign:
                self.note({"network"}, node)
                inflow |= BITS["network"]
            elif word == "/dev/null" and ("2>" in sign or "&>" in sign):
                quiet = True
            elif ">" in sign and word and not word.startswith(("/dev/", "&")) and not word.isdigit():
                written.append(word)
                self.note({"filesystem-write"}, node)
                self.paths(word, node)
            elif "<" in sign and word:
                inflow |= self.files.get(word, 0)
        before = {key: len(at) for key, at in self.function.capabilities.items()}
        labels = self.labels(body, inflow, depth)
        if body is not None and self.program_of(body) in INTERPRETERS:
            self.heredoc(body, redirects)
        if quiet:
            for key, at in self.function.capabilities.items():
                if len(at) > before.get(key, 0) and key in {
                    "network",
                    "dns",
                    "process",
                    "dynamic-code",
                    "persistence",
                }:
                    self.function.silenced.setdefault(key, node.start_point[0] + 1)
        for word in written:
            self.files[word] = self.files.get(word, 0) | labels
        return labels

    def heredoc(self, body: Node, redirects: list[Node]) -> None:
        """Code of another language inside this one."""
        for redirect in redirects:
            for child in redirect.named_children:
                if child.type == "heredoc_body":
                    self.embed(self.program_of(body), self.text(child), child.start_point[0])

    def embed(self, interpreter: str, code: str, line: int) -> None:
        """Remember code to be read by its own language's front end."""
        if self.fresh and len(self.embedded) < 100:
            self.embedded.append((interpreter, code, line))

    def program_of(self, command: Node) -> str:
        """The name of the program that a command starts, wrappers looked through."""
        name = command.child_by_field_name("name") if command.type == "command" else None
        word = plain(self.text(name)).rpartition("/")[2] if name is not None else ""
        if word in WRAPPERS:
            for child in command.children_by_field_name("argument"):
                argument = plain(self.text(child))
                if not argument.startswith("-") and "=" not in argument and not argument[:1].isdigit():
                    return argument.rpartition("/")[2]
        return word

    def command(self, node: Node, given: int, depth: int) -> int:
        """One command: what it can do, what flows into it, what comes out."""
        name = node.child_by_field_name("name")
        words = [self.text(child) for child in node.children_by_field_name("argument")]
        flowing = given
        for child in node.named_children:
            if child.type != "command_name":
                flowing |= self.labels(child, 0, depth)
        if name is None:
            return flowing
        written = self.text(name)
        program = self.program_of(node)
        flowing |= self.labels(name, 0, depth)
        parted = INNER_QUOTES.search(written) is not None and "$(" not in written
        if parted or (written.count("$") >= 2 and re.search(r"[\s/-]", written) is None):
            self.function.hides("computed-name", node.start_point[0] + 1)
        line = (
            " ".join((program, *words))
            if program == plain(written).rpartition("/")[2]
            else " ".join((plain(written), *words))
        )
        able = abilities(program, line)
        self.note(able, node)
        self.paths(" ".join(words), node)
        if program in self.defined:
            self.function.calls.add(program)
            flowing |= self.returns.get(program, 0)
        self.runs(node, program, written, words, flowing)
        self.remember_output(words, able, flowing)
        if able & {"network", "dns"}:
            self.sink("dns" if "dns" in able else "network", flowing & ~BITS["network"], node)
        result = flowing
        for capability in able:
            result |= BITS.get(SOURCE_OF.get(capability, ""), 0)
        return result if able or program in PASSING else flowing

    def runs(self, node: Node, program: str, written: str, words: list[str], flowing: int) -> None:
        """Whether a command runs what it is given: `sh`, `eval`, `.`, `-c`, or a file written before."""
        inline = program in INTERPRETERS and any(INLINE.fullmatch(word) for word in words)
        if plain(written).rpartition("/")[2] != program:  # a wrapper: what it starts stands among the words
            start = next(
                (at for at, word in enumerate(words) if plain(word).rpartition("/")[2] == program), -1
            )
            words = words[start + 1 :]
        if "-s" in words:
            words = words[: words.index("-s")]
        feeds = program in INTERPRETERS and (
            not any(not word.startswith("-") for word in words) or "-" in words or "/dev/stdin" in words
        )
        if program in {"eval", "source", "."} or inline:
            if program == "eval" or (inline and any("$" in word or "`" in word for word in words)):
                self.note({"dynamic-code"}, node)
            self.sink("dynamic-code", flowing | self.of_files(words), node)
            if inline and words:
                self.embed(program, plain(words[-1]), node.start_point[0])
            return
        if feeds and flowing:
            self.note({"dynamic-code"}, node)
            self.sink("dynamic-code", flowing, node)
        elif program in INTERPRETERS:
            self.sink("process", self.of_files(words), node)
        started = (
            self.files.get(written, 0)
            or self.files.get(plain(written), 0)
            or self.files.get(written.removeprefix("./"), 0)
        )
        if started:
            self.note({"process"}, node)
            self.sink("process", started, node)

    def of_files(self, words: list[str]) -> int:
        """What the files named by these words were filled with."""
        result = 0
        for word in words:
            result |= self.files.get(word, 0) | self.files.get(plain(word), 0)
        return result

    def remember_output(self, words: list[str], able: set[str], flowing: int) -> None:
        """`-o FILE` and the like."""
        if not able & {"network", "decode"}:
            return
        match = OUTPUT.search(" ".join(words))
        if match:
            labels = flowing
            for capability in able:
                labels |= BITS.get(SOURCE_OF.get(capability, ""), 0)
            for word in (match[1], plain(match[1])):
                self.files[word] = self.files.get(word, 0) | labels

    def note(self, able: set[str], node: Node) -> None:
        """Note abilities once, in the first of the two rounds."""
        if self.fresh:
            for capability in sorted(able):
                self.function.can(capability, node.start_point[0] + 1)

    def paths(self, text: str, node: Node) -> None:
        """Places of secrets and of start-up."""
        if CREDENTIAL_PATH.search(text):
            self.note({"credentials"}, node)
        if PERSISTENCE_PATH.search(text):
            self.note({"persistence"}, node)

    def sink(self, sink: str, labels: int, node: Node) -> None:
        """Note what flows into a sink."""
        for source in FLOWS.get(sink, ()):
            if labels & BITS[source]:
                self.function.flows.setdefault(f"{source}-to-{sink}", node.start_point[0] + 1)


def plain(word: str) -> str:
    """A word without its quotes and backslashes."""
    return word.replace('"', "").replace("'", "").replace("\\", "")


def merge(script: Script, other: dict[str, Function], line: int, label: str) -> None:
    """Add the functions of code embedded at a line."""
    for function in other.values():
        name = f"{label}:{function.name}"
        kept = script.function(name, function.line + line)
        for key, at in function.capabilities.items():
            for one in at:
                kept.can(key, one + line)
        for key, at in function.tricks.items():
            for one in at:
                kept.hides(key, one + line)
        kept.flows.update({key: one + line for key, one in function.flows.items()})
        kept.silenced.update({key: one + line for key, one in function.silenced.items()})
        kept.calls |= {f"{label}:{callee}" for callee in function.calls}


PASSING: Final = frozenset(
    ["cat", "tee", "sort", "head", "tail", "sed", "awk", "grep", "tr", "cut", "echo", "printf", "xargs"]
)
READERS: Final = {
    "function_definition": ShellWalk.definition,
    "pipeline": ShellWalk.pipeline,
    "variable_assignment": ShellWalk.assignment,
    "simple_expansion": ShellWalk.expansion,
    "expansion": ShellWalk.expansion,
    "command_substitution": ShellWalk.substitution,
    "process_substitution": ShellWalk.substitution,
    "redirected_statement": ShellWalk.redirected,
    "command": ShellWalk.command,
}
