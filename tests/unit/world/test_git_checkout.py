"""Lock files at a revision, from a repository that belongs to the accused."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from doorward.errors import Misuse, Outside
from doorward.world.git import Checkout

ENVIRON = {"PATH": os.defpath + ":/usr/local/bin", "HOME": "/nonexistent", "GIT_CONFIG_GLOBAL": os.devnull}


def git(folder: Path, *arguments: str) -> str:
    settings = [
        "-c",
        "user.name=Someone",
        "-c",
        "user.email=someone@vendor.example",
        "-c",
        "init.defaultBranch=main",
    ]
    done = subprocess.run(
        ["git", "-C", str(folder), *settings, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=ENVIRON,
    )
    return done.stdout.strip()


def commit(folder: Path, message: str) -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "repo"
    (made / "sub").mkdir(parents=True)
    git(made, "init", "-q")
    (made / "uv.lock").write_bytes(b"old\r\n")
    (made / "sub" / "package-lock.json").write_text("{}")
    (made / "link.lock").symlink_to("uv.lock")
    return made


def test_files_and_bytes_of_a_revision(folder: Path) -> None:
    first = commit(folder, "one")
    (folder / "uv.lock").write_bytes(b"new\n")
    commit(folder, "two")
    checkout = Checkout(folder / "sub", ENVIRON)
    assert checkout.top() == folder
    assert checkout.commit("HEAD~1") == first
    assert checkout.files(first) == ("sub/package-lock.json", "uv.lock")
    assert checkout.read(first, "uv.lock") == b"old\r\n"
    assert checkout.read(checkout.commit("HEAD"), "uv.lock") == b"new\n"
    assert checkout.read(first, "nothing.lock") is None
    assert checkout.read(first, "link.lock") is None
    assert checkout.read(first, "sub") is None
    assert checkout.read(first, "*.lock") is None


def test_the_merge_base_is_where_the_branch_began(folder: Path) -> None:
    base = commit(folder, "base")
    git(folder, "checkout", "-q", "-b", "change")
    (folder / "uv.lock").write_text("changed")
    commit(folder, "change")
    git(folder, "checkout", "-q", "main")
    (folder / "other").write_text("x")
    commit(folder, "meanwhile")
    git(folder, "checkout", "-q", "change")
    assert Checkout(folder, ENVIRON).merge_base("main") == base


def test_histories_with_nothing_in_common(folder: Path) -> None:
    commit(folder, "base")
    git(folder, "checkout", "-q", "--orphan", "stranger")
    commit(folder, "stranger")
    with pytest.raises(
        Misuse, match=r"expected a commit that both come from; found none; next: fetch more history"
    ):
        Checkout(folder, ENVIRON).merge_base("main")


@pytest.mark.parametrize(
    "revision", ["--upload-pack=x", "-h", "", "HEAD\n", "no such", "HEAD:uv.lock", "HEAD --all"]
)
def test_what_is_no_commit_is_refused(folder: Path, revision: str) -> None:
    commit(folder, "one")
    with pytest.raises(Misuse, match=r"looking for the revision '.*; expected a commit; found"):
        Checkout(folder, ENVIRON).commit(revision)


def test_a_folder_that_is_no_checkout(tmp_path: Path) -> None:
    with pytest.raises(
        Misuse, match=r"looking for a git checkout at .*; expected one; found none; next: run this in"
    ):
        Checkout(tmp_path, {**ENVIRON, "GIT_CEILING_DIRECTORIES": str(tmp_path)}).commit("HEAD")


def test_nothing_that_the_repository_configures_is_run(folder: Path, tmp_path: Path) -> None:
    first = commit(folder, "one")
    marker = tmp_path / "marker"
    act = tmp_path / "act"
    act.write_text(f"#!/bin/sh\ntouch {marker}\n")
    act.chmod(0o755)
    for name in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.editor",
        "diff.external",
        "gpg.program",
        "alias.rev-parse",
        "alias.ls-tree",
        "filter.x.smudge",
        "filter.x.clean",
        "diff.x.textconv",
        "remote.origin.uploadpack",
        "uploadpack.packObjectsHook",
        "core.alternateRefsCommand",
        "core.askPass",
        "credential.helper",
    ):
        git(folder, "config", name, str(act))
    git(folder, "config", "remote.origin.url", f"ext::{act}")
    git(folder, "config", "remote.origin.promisor", "true")
    git(folder, "config", "extensions.partialClone", "origin")
    git(folder, "config", "core.repositoryFormatVersion", "1")
    for hook in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc"):
        target = folder / ".git" / "hooks" / hook
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(act.read_bytes())
        target.chmod(0o755)
    (folder / ".gitattributes").write_text("* filter=x diff=x\n")
    checkout = Checkout(folder, ENVIRON)
    assert checkout.read(checkout.merge_base(first), "uv.lock") == b"old\r\n"
    # An object that is not there would be fetched through the remote that the repository names.
    blob = git(folder, "rev-parse", f"{first}:uv.lock")
    (folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(Outside, match=r"running git cat-file of uv\.lock; expected an answer; found"):
        checkout.read(first, "uv.lock")
    assert not marker.exists()


def test_variables_of_a_hook_do_not_lead_elsewhere(folder: Path, tmp_path: Path) -> None:
    commit(folder, "one")
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    hooked = {**ENVIRON, "GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other), "GIT_INDEX_FILE": "/x"}
    assert Checkout(folder, hooked).top() == folder


def test_git_that_is_not_installed(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(
        Outside, match="running git; expected the command `git`; found none on PATH; next: install"
    ):
        Checkout(folder, {"PATH": str(tmp_path)}).top()


def test_replaced_objects_do_not_stand_in_for_the_real_ones(folder: Path) -> None:
    first = commit(folder, "one")
    (folder / "uv.lock").write_text("harmless")
    second = commit(folder, "two")
    git(folder, "replace", first, second)
    assert Checkout(folder, ENVIRON).read(first, "uv.lock") == b"old\r\n"
