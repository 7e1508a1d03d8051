"""The wheel, installed where there is no checkout and nothing but the packages that it requires."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement

import qa

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "How long is the Main-Danube Canal?"
READABLE = 8
"""Samples that need no extra."""
LEFT_OUT = (".*", "__pycache__", "build", "dist", "results", "*.egg-info")
ASK = f"""
import qa
from qa import Library
with Library.open("mine") as library:
    outcomes = {{file.path.rpartition("/")[2]: file for file in library.add("docs").files}}
    answer = library.ask({QUESTION!r})
print(qa.__file__)
print(answer.short, "/", answer.citations[0].source.title)
print(outcomes["planets.xlsx"].status, outcomes["planets.xlsx"].reason)
"""

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing left over in the checkout gets into it."""
    folder = tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, folder / "source", ignore=shutil.ignore_patterns(*LEFT_OUT))
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-index", "--no-build-isolation", "."]
    subprocess.run([*build, "--wheel-dir", str(folder)], cwd=folder / "source", check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment: the wheel, and links to the packages that it and its extra ``model`` require."""
    folder = tmp_path_factory.mktemp("stranger") / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = folder.glob("lib/python3*/site-packages")
    install = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--no-deps"]
    subprocess.run([*install, "--no-index", str(wheel)], check=True, capture_output=True)
    (metadata,) = packages.glob("verbatim_qa-*.dist-info")
    try:
        needed = _closure(Distribution.at(metadata), "model")
    except PackageNotFoundError as error:
        pytest.skip(f"the package {error} is not installed")
    here = Path(sysconfig.get_path("purelib"))
    for name in {file.parts[0] for found in needed for file in found.files or () if file.parts[0] != ".."}:
        if (here / name).exists() and not (packages / name).exists():
            (packages / name).symlink_to(here / name)
    return folder


def _closure(wanted: Distribution, *extras: str) -> list[Distribution]:
    """The distributions that this one requires, directly or not. Raises ``PackageNotFoundError``."""
    found: dict[str, Distribution] = {}
    waiting = [(wanted, ("", *extras))]
    seen = set()
    while waiting:
        asking, chosen = waiting.pop()
        for requirement in map(Requirement, asking.requires or ()):
            marker = requirement.marker
            key = (requirement.name, frozenset(requirement.extras))
            if key in seen or (marker and not any(marker.evaluate({"extra": extra}) for extra in chosen)):
                continue
            seen.add(key)
            found[requirement.name] = distribution(requirement.name)
            waiting.append((found[requirement.name], ("", *requirement.extras)))
    return list(found.values())


@pytest.fixture(scope="module")
def elsewhere(environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the samples of the installed package."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (samples,) = environment.glob("lib/python3*/site-packages/qa/samples/docs")
    shutil.copytree(samples, folder / "docs")
    return folder


@pytest.fixture
def settings(elsewhere: Path) -> dict[str, str]:
    """The environment of a stranger: no checkout on the path, no settings, a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VERBATIM_", "PYTHON", "XDG_"))}
    return {**kept, "HOME": str(elsewhere), "HF_HUB_OFFLINE": "1"}


def test_the_wheel_holds_the_program_and_what_it_needs(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"embeddings", "qa"}
    for package in ("embeddings", "qa"):
        files = [path for path in (ROOT / package).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        assert {path.relative_to(ROOT).as_posix() for path in files} - names == set()
    assert {name.rpartition("/")[2] for name in names if "/licenses/" in name} >= {
        "LICENSE",
        "LICENSE-CC-BY-SA-4.0.txt",
    }


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    lines = archive.read(name).decode().splitlines()
    assert f"Version: {qa.__version__}" in lines
    assert "License-Expression: Apache-2.0 AND CC-BY-SA-4.0" in lines


def test_it_answers_in_python(environment: Path, elsewhere: Path, settings: dict[str, str]) -> None:
    """And names the extra that a format needs which is not required."""
    command = [str(environment / "bin" / "python"), "-c", ASK]
    done = subprocess.run(command, cwd=elsewhere, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    imported, answered, refused = done.stdout.splitlines()
    assert Path(imported).is_relative_to(environment)
    assert answered == "171 kilometres long / danube.txt"
    assert refused == "failed needs more packages: pip install 'verbatim-qa[office]'"


def test_it_answers_in_the_chat(environment: Path, elsewhere: Path, settings: dict[str, str]) -> None:
    command = [str(environment / "bin" / "qa"), "chat", "--samples", "--no-open", "--port", "0"]
    with subprocess.Popen(command, cwd=elsewhere, env=settings, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            url = next(found[1] for line in process.stderr if (found := re.search(r"(http://\S+/)", line)))
            health = {"documents": 0, "model": ""}
            while health["documents"] < READABLE or health["model"] != "ready":
                time.sleep(0.2)
                health = httpx.get(f"{url}health", timeout=60).json()
            answer = httpx.post(f"{url}api/ask", json={"question": QUESTION}, timeout=60).json()
        finally:
            process.send_signal(signal.SIGINT)
            process.stderr.read()
    assert process.returncode == 0
    assert "171 kilometres" in answer["citations"][0]["quote"]
