"""Settings: order, origins, and what may stand where."""

from __future__ import annotations

import pytest

from doorward.errors import Misuse
from doorward.formats.settings import (
    SETTINGS,
    ProjectFile,
    Reach,
    parse_project_file,
    resolve,
    strangers,
)

PROJECT = """\
# how this project is inspected
[inspect]
jobs = 2
format = "markdown"
all-artifacts = true
"""


def test_without_anything_every_value_is_the_default() -> None:
    settings = resolve({}, {}, ProjectFile())
    assert {setting.name: settings[setting.name] for setting in SETTINGS} == {
        setting.name: setting.default for setting in SETTINGS
    }
    assert {value.origin for value in settings.values.values()} == {"default"}


def test_flag_before_environment_before_project_file() -> None:
    project = parse_project_file(PROJECT, "doorward.toml")
    one = resolve({"jobs": 5}, {"DOORWARD_JOBS": "4"}, project)
    two = resolve({"jobs": None}, {"DOORWARD_JOBS": "4"}, project)
    three = resolve({}, {}, project)
    assert (one["jobs"], one.values["jobs"].origin) == (5, "flag --jobs")
    assert (two["jobs"], two.values["jobs"].origin) == (4, "environment DOORWARD_JOBS")
    assert (three["jobs"], three.values["jobs"].origin) == (2, "doorward.toml, line 3")
    assert three["format"] == "markdown"
    assert three["all-artifacts"] is True


def test_a_flag_may_switch_back_what_the_project_switched_on() -> None:
    project = parse_project_file("[inspect]\nprogress = false\ncache = false\n", "doorward.toml")
    assert resolve({"cache": None}, {}, project)["cache"] is False
    assert resolve({"cache": False}, {}, ProjectFile()).values["cache"].origin == "flag --no-cache"


def test_the_table_of_a_pyproject_is_read_with_its_lines() -> None:
    text = '[project]\nname = "x"\n\n[tool.other]\njobs = 9\n[tool.doorward.inspect]\njobs = 3\n'
    value = parse_project_file(text, "pyproject.toml").values["jobs"]
    assert (value.value, value.origin) == (3, "pyproject.toml, line 7")


def test_a_pyproject_without_our_table_sets_nothing() -> None:
    assert parse_project_file('[project]\nname = "x"\n', "pyproject.toml").values == {}


WEAKENING = [setting for setting in SETTINGS if setting.reach is Reach.FLAG]
CHOOSING = [setting for setting in SETTINGS if setting.reach is Reach.ENVIRONMENT]


def test_what_weakens_a_check_or_is_trusted_is_known_by_name() -> None:
    assert [setting.name for setting in WEAKENING] == [
        "accepted",
        "contract",
        "contract-was",
        "limit",
        "source",
        "suppressions",
    ]
    assert [setting.name for setting in CHOOSING] == ["cache-dir", "platform", "rules"]


@pytest.mark.parametrize("setting", WEAKENING, ids=lambda s: s.name)
def test_what_weakens_a_check_has_no_environment_form(setting: object) -> None:
    chosen = next(s for s in WEAKENING if s is setting)
    with pytest.raises(Misuse) as caught:
        resolve({}, {chosen.variable: "1"}, ProjectFile())
    assert caught.value.check == f"reading environment {chosen.variable}"
    assert "it weakens a check or says what is trusted" in caught.value.expected
    assert caught.value.next_step == f"remove it there and give `{chosen.flag}` on the command line"


@pytest.mark.parametrize("setting", [*WEAKENING, *CHOOSING], ids=lambda s: s.name)
def test_what_weakens_a_check_or_chooses_what_is_looked_at_has_no_project_form(setting: object) -> None:
    chosen = next(s for s in SETTINGS if s is setting)
    with pytest.raises(Misuse) as caught:
        parse_project_file(f"[inspect]\njobs = 1\n{chosen.name} = 1\n", "doorward.toml")
    assert caught.value.check == "reading doorward.toml, line 3"
    assert caught.value.found == f"`{chosen.name}` in a place that side may write to"


@pytest.mark.parametrize(
    ("text", "where", "found", "expected"),
    [
        ("[inspect]\njosb = 2\n", "line 2", "unknown key `inspect.josb`", "`jobs`"),
        ("[inspct]\njobs = 2\n", "line 1", "unknown key `inspct`", "`inspect`"),
        ("jobs = 2\n", "line 1", "unknown key `jobs`", "one of inspect"),
        ("inspect = 3\n", "line 1", "unknown key `inspect`", "`inspect`"),
        ('x = 1\n[inspect]\n\n"josb" = 2\n', "line 1", "unknown key `x`", "one of inspect"),
        ("inspect.josb = 2\n", "line 1", "unknown key `inspect.josb`", "`jobs`"),
    ],
)
def test_unknown_keys_are_refused_with_file_and_line(
    text: str, where: str, found: str, expected: str
) -> None:
    with pytest.raises(Misuse) as caught:
        parse_project_file(text, "doorward.toml")
    assert caught.value.check == f"reading doorward.toml, {where}"
    assert (caught.value.found, caught.value.expected) == (found, expected)


@pytest.mark.parametrize(
    ("line", "expected", "found"),
    [
        ('jobs = "many"', "a whole number of at least 0", "'many'"),
        ("jobs = -1", "a whole number of at least 0", "-1"),
        ("jobs = true", "a whole number of at least 0", "True"),
        ("cache = 1", "true or false", "1"),
        ('format = "pdf"', "one of table, json, markdown, sarif, html", "'pdf'"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(line: str, expected: str, found: str) -> None:
    with pytest.raises(Misuse) as caught:
        parse_project_file(f"[inspect]\n{line}\n", "doorward.toml")
    assert caught.value.check == f"reading doorward.toml, line 2: {line.split(maxsplit=1)[0]}"
    assert (caught.value.expected, caught.value.found) == (expected, found)


def test_what_is_not_toml_is_refused_with_its_line() -> None:
    with pytest.raises(Misuse, match=r"reading doorward.toml; expected TOML; found .*line 2"):
        parse_project_file("[inspect]\njobs = = 2\n", "doorward.toml")


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("DOORWARD_OFFLINE", "1", "offline", True),
        ("DOORWARD_OFFLINE", "no", "offline", False),
        ("DOORWARD_CACHE", "0", "cache", False),
        ("DOORWARD_JOBS", "7", "jobs", 7),
        ("DOORWARD_RULES", "a:b/c", "rules", ("a", "b/c")),
        ("DOORWARD_PLATFORM", "win_amd64", "platform", "win_amd64"),
    ],
)
def test_variables_are_read_as_their_setting_says(variable: str, text: str, name: str, value: object) -> None:
    assert resolve({}, {variable: text}, ProjectFile())[name] == value


@pytest.mark.parametrize(("variable", "text"), [("DOORWARD_OFFLINE", "maybe"), ("DOORWARD_JOBS", "two")])
def test_a_variable_that_cannot_be_read_is_refused(variable: str, text: str) -> None:
    with pytest.raises(Misuse) as caught:
        resolve({}, {variable: text}, ProjectFile())
    assert variable in caught.value.check
    assert caught.value.found == repr(text)


def test_variables_that_set_nothing_are_named() -> None:
    assert strangers({"DOORWARD_JOSB": "1", "DOORWARD_JOBS": "1", "DOORWARD_DEBUG": "1", "PATH": ""}) == [
        "DOORWARD_JOSB"
    ]
