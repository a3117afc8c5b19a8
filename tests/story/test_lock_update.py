"""Forty unread updates, told with three: a pull request changes a lock file, one update does something new.

An index on loopback, a git repository, and the program as its users call it: by hand, from the action, and
from the pre-commit hook.
"""

from __future__ import annotations

import json
import subprocess
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
import yaml

from tests.adversary.lying_server import LyingServer
from tests.adversary.packages import wheel
from tests.samples.local_index import LocalIndex

ROOT = Path(__file__).parents[2]
OLD = {"gadget": "1.0", "widget": "1.0", "trinket": "3.0"}
NEW = {"gadget": "1.1", "widget": "1.1", "trinket": "3.0"}


@pytest.fixture
def index() -> Iterator[LocalIndex]:
    """Three packages; the new widget brings a .pth file, the new gadget a function."""
    with LyingServer() as server:
        made = LocalIndex(server)
        made.publish("gadget", "1.0", "def half(n):\n    return n / 2\n")
        made.publish("gadget", "1.1", "def half(n):\n    return n / 2\n\n\ndef third(n):\n    return n / 3\n")
        made.publish("trinket", "3.0", "SIZE = 3\n")
        made.publish("widget", "1.0", "COLOUR = 'red'\n")
        made.publish("widget", "1.1", "", hooked(wheel("widget", "1.1", "COLOUR = 'red'\n")))
        yield made


def hooked(data: bytes) -> bytes:
    """The wheel with a file that runs code at every start; what it would run does nothing."""
    buffer = BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("widget-start.pth", "import widget; widget.COLOUR\n")
    return buffer.getvalue()


@pytest.fixture
def request_(tmp_path: Path, index: LocalIndex) -> Path:
    """A checkout whose branch changes the lock file against main."""
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "uv.lock").write_text(index.lock(OLD))
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    git(folder, "switch", "-q", "-c", "update")
    (folder / "uv.lock").write_text(index.lock(NEW))
    return folder


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=Someone", "-c", "user.email=someone@vendor.example")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def doorward(folder: Path, index: LocalIndex, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["doorward", *words],
        cwd=folder,
        env=index.environment(folder.parent),
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_of_the_updates_does_something_new(request_: Path, index: LocalIndex) -> None:
    done = doorward(request_, index, "inspect", "--since", "main", "--format", "json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["verdict"]) == (1, "block")
    verdicts = {update["name"]: update["verdict"] for update in told["updates"]}
    assert verdicts == {"widget": "block", "gadget": "clear"}
    assert [update["name"] for update in told["updates"]] == ["widget", "gadget"]
    rules = {f["rule"] for update in told["updates"] for r in update["reports"] for f in r["findings"]}
    assert "hook.pth-import" in rules


def test_the_same_by_two_files_and_by_revision(request_: Path, index: LocalIndex) -> None:
    before = request_ / "before.lock"
    before.write_text(index.lock(OLD))
    by_files = doorward(request_, index, "inspect", "--lock", "before.lock", "uv.lock", "--format", "json")
    by_revision = doorward(request_, index, "inspect", "--since", "main", "--format", "json")

    def updates(text: str) -> list[tuple[str, str]]:
        return [(update["name"], update["verdict"]) for update in json.loads(text)["updates"]]

    assert updates(by_files.stdout) == updates(by_revision.stdout)


def test_only_what_changed_is_fetched_and_the_second_run_fetches_nothing(
    request_: Path, index: LocalIndex
) -> None:
    doorward(request_, index, "inspect", "--since", "main")
    fetched = [path for path in index.server.paths() if path.startswith("/files/")]
    assert sorted(fetched) == [
        f"/files/{index.file_name(name, version)}"
        for name, version in [("gadget", "1.0"), ("gadget", "1.1"), ("widget", "1.0"), ("widget", "1.1")]
    ]
    count = len(index.server.paths())
    again = doorward(request_, index, "inspect", "--since", "main", "--offline")
    assert again.returncode == 1
    assert len(index.server.paths()) == count


@pytest.mark.parametrize(("form", "sign"), [("markdown", "## "), ("sarif", "{"), ("html", "<!doctype html>")])
def test_every_format_tells_it(request_: Path, index: LocalIndex, form: str, sign: str) -> None:
    done = doorward(request_, index, "inspect", "--since", "main", "--format", form, "--output", "report")
    assert (done.returncode, done.stdout) == (1, "")
    text = (request_ / "report").read_text()
    assert text.startswith(sign)
    assert "widget" in text


def test_an_update_that_brings_nothing_new_is_clear(request_: Path, index: LocalIndex) -> None:
    (request_ / "uv.lock").write_text(index.lock({**OLD, "gadget": "1.1"}))
    done = doorward(request_, index, "inspect", "--since", "main")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_lock_that_did_not_change_is_clear_and_asks_nobody(request_: Path, index: LocalIndex) -> None:
    (request_ / "uv.lock").write_text(index.lock(OLD))
    done = doorward(request_, index, "inspect", "--since", "main")
    assert (done.returncode, index.server.paths()) == (0, [])


def test_attack_a_digest_the_registry_never_published(request_: Path, index: LocalIndex) -> None:
    text = index.lock({**OLD, "gadget": "1.1"})
    digest = text.split('hash = "sha256:')[1][:64]
    (request_ / "uv.lock").write_text(text.replace(digest, "ab" * 32))
    done = doorward(request_, index, "inspect", "--since", "main")
    assert done.returncode == 1
    assert "the registry does not publish 1 of 1 digests of the lock" in " ".join(done.stdout.split())


def test_attack_the_request_brings_its_own_settings(request_: Path, index: LocalIndex) -> None:
    (request_ / "doorward.toml").write_text('[inspect]\nsuppressions = "mine.toml"\n')
    (request_ / "mine.toml").write_text("")
    done = doorward(request_, index, "inspect", "--since", "main")
    assert done.returncode == 1  # neither read nor obeyed


def test_no_network_is_undecided_and_never_clear(request_: Path, index: LocalIndex) -> None:
    done = doorward(request_, index, "inspect", "--since", "main", "--offline")
    assert done.returncode == 3
    assert "UNDECIDED" in done.stdout
    assert "Not inspected" in done.stdout


def steps() -> dict[str, dict[str, object]]:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return {step["name"]: step for step in action["runs"]["steps"]}


def run_action(
    folder: Path, index: LocalIndex, fail_on: str = "review", **given: str
) -> tuple[subprocess.CompletedProcess[str], str, str]:
    """The action's second step as it is written, with the program where the first one would put it."""
    runner = folder.parent / "runner"
    (runner / "doorward" / "bin").mkdir(parents=True, exist_ok=True)
    output, summary = runner / "output", runner / "summary"
    step = steps()["Inspect what changed"]
    names = {"SINCE": "", "BASE": "", "REPORT": "doorward-report", "FAIL_ON": fail_on, **given}
    assert set(names) == set(step["env"])  # type: ignore[call-overload] # a mapping of names
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", str(step["run"])],
        cwd=folder,
        env={
            **index.environment(folder.parent),
            **names,
            "RUNNER_TEMP": str(runner),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    told = [path.read_text() if path.is_file() else "" for path in (output, summary)]
    return done, told[0], told[1]


def test_the_action_fails_the_request_and_leaves_every_report(request_: Path, index: LocalIndex) -> None:
    done, output, summary = run_action(request_, index, SINCE="main")
    assert (done.returncode, output) == (1, "verdict=block\n")
    assert summary.startswith("## ")
    assert "widget" in summary
    names = sorted(path.name for path in (request_ / "doorward-report").iterdir())
    assert names == ["report.html", "report.json", "report.md", "report.sarif"]


@pytest.mark.parametrize(
    ("fail_on", "pins", "expected"),
    [
        ("never", NEW, (0, "block")),
        ("block", NEW, (1, "block")),
        ("block", {**OLD, "gadget": "1.1"}, (0, "clear")),
        ("review", {**OLD, "gadget": "1.1"}, (0, "clear")),
    ],
)
def test_the_action_fails_on_what_it_is_told(
    request_: Path, index: LocalIndex, fail_on: str, pins: dict[str, str], expected: tuple[int, str]
) -> None:
    (request_ / "uv.lock").write_text(index.lock(pins))
    done, output, _ = run_action(request_, index, fail_on, SINCE="main")
    assert (done.returncode, output) == (expected[0], f"verdict={expected[1]}\n"), done.stderr


def test_the_action_takes_the_base_branch_of_the_request(request_: Path, index: LocalIndex) -> None:
    git(request_, "update-ref", "refs/remotes/origin/main", "main")
    done, output, _ = run_action(request_, index, BASE="main")
    assert (done.returncode, output) == (1, "verdict=block\n")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "nothing to compare with"),
        ({"FAIL_ON": "sometimes", "SINCE": "main"}, "expected review, block or never"),
    ],
)
def test_the_action_refuses_what_it_does_not_understand(
    request_: Path, index: LocalIndex, given: dict[str, str], said: str
) -> None:
    done, output, _ = run_action(request_, index, **given)
    assert (done.returncode, output) == (2, "")
    assert said in done.stderr


def test_attack_a_branch_name_that_is_a_command(request_: Path, index: LocalIndex) -> None:
    """Names of branches come from whoever opened the request, and must not reach the shell as text."""
    marker = request_ / "ran"
    done, output, _ = run_action(request_, index, SINCE=f"main; touch {marker} $(touch {marker})")
    assert not marker.exists()
    assert (done.returncode, output) == (2, "")
    for step in steps().values():
        assert "${{" not in str(step["run"])


def test_a_failure_of_the_program_fails_the_action(request_: Path, index: LocalIndex) -> None:
    (request_ / "uv.lock").write_text("version = = 1\n")
    done, output, _ = run_action(request_, index, "never", SINCE="main")
    assert (done.returncode, output) == (2, "")


def test_the_pre_commit_hook_stops_the_commit(request_: Path, index: LocalIndex) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["pass_filenames"] is False
    git(request_, "add", "-A")
    done = subprocess.run(
        hook["entry"].split(),
        cwd=request_,
        env=index.environment(request_.parent),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "widget" in done.stdout
