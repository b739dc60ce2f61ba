"""Which engine this is: by the commit that is checked out, and by its source."""

import subprocess

from engine.provenance import commit, describe, source_hash


def test_the_commit_is_read_as_git_says_it(tmp_path):
    def git(*words: str) -> str:
        named = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        done = subprocess.run(["git", *named, *words], cwd=tmp_path, check=True, capture_output=True, text=True)  # fmt: skip
        return done.stdout.strip()

    assert commit(tmp_path) is None
    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "one")
    assert commit(tmp_path) == git("rev-parse", "HEAD")
    git("pack-refs", "--all")
    assert commit(tmp_path) == git("rev-parse", "HEAD")
    git("worktree", "add", "-q", "tree")
    git("commit", "-q", "--allow-empty", "-m", "two")
    assert commit(tmp_path / "tree") != git("rev-parse", "HEAD")
    git("checkout", "-q", "--detach", "HEAD~1")
    assert commit(tmp_path) == git("rev-parse", "HEAD")


def test_another_source_has_another_hash(tmp_path):
    (tmp_path / "loop.py").write_text("step = 1")
    first = source_hash(tmp_path)
    (tmp_path / "loop.py").write_text("step = 2")
    assert source_hash(tmp_path) != first


def test_a_machine_is_described_whole():
    said = describe()
    assert said["cpu"]["name"]
    assert said["memory_bytes"] > 0
    assert said["versions"]["torch"]
