"""The suites of docs/how-to/node.md, kotlin-and-java.md and bash.md record and replay under the real tools; a request without a recording fails them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.interop.conftest import GATEWAY, ROOT, _folder, _install, run

PAGES = ("node.md", "kotlin-and-java.md", "bash.md")
JARS = Path("/usr/share/java")
JUNIT = (
    *(
        "junit-jupiter-api",
        "junit-jupiter-engine",
        "junit-platform-commons",
        "junit-platform-console",
        "junit-platform-engine",
    ),
    *(
        "junit-platform-launcher",
        "junit-platform-reporting",
        "opentest4j",
        "opentest4j-reporting-events",
        "apiguardian-api",
        "picocli",
    ),
)
"""JUnit 5 as Debian has it."""
POM = """
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>example</groupId><artifactId>sign-out</artifactId><version>1</version>
  <properties><maven.compiler.release>17</maven.compiler.release><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>
  <dependencies><dependency>
    <groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>5.11.4</version><scope>test</scope>
  </dependency></dependencies>
  <build><plugins><plugin><artifactId>maven-surefire-plugin</artifactId><version>3.5.2</version></plugin></plugins></build>
</project>
"""


def written(folder: Path, *names: str) -> None:
    """Write what the pages have under these names; each block begins with a comment that names its file."""
    page = "".join((ROOT / "docs" / "how-to" / name).read_text("utf-8") for name in PAGES)
    for name in names:
        (code,) = re.findall(rf"```\w+\n(?://|#) {re.escape(Path(name).name)}\n(.*?)```", page, re.DOTALL)
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(code)


def expect_suite(folder: Path, *command: object) -> None:
    """Record, replay, and fail where a recording is missing."""
    for mode in ("auto", "replay"):
        run(GATEWAY, "exec", "--mode", mode, "--", *command, folder=folder)
    recorded = [path for path in (folder / "cassettes").glob("*/*.yaml") if path.stat().st_size]
    assert recorded
    for path in recorded:
        path.write_text("version: 1\ninteractions: []\n")
    said = run(GATEWAY, "exec", "--mode", "replay", "--", *command, folder=folder, status=1)
    assert "had no answer" in said


def installed(*packages: str) -> Path:
    """Return the folder of programs of what npm installs."""
    if shutil.which("npm") is None:
        pytest.skip("there is no npm")
    folder = _folder() / "suites"
    folder.mkdir(exist_ok=True)
    command = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), *packages]
    _install(command, f"npm's {' and '.join(packages)}")
    return folder


def test_node(tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("there is no node")
    written(tmp_path, "parallel.test.mjs")
    expect_suite(tmp_path, "node", "--test", "parallel.test.mjs")


def test_vitest(tmp_path: Path) -> None:
    folder = installed("vitest@^3")
    written(tmp_path, "sign-out.vitest.test.js")
    (tmp_path / "node_modules").symlink_to(folder / "node_modules")
    expect_suite(tmp_path, folder / "node_modules" / ".bin" / "vitest", "run", "--root", tmp_path)


def test_bats(tmp_path: Path) -> None:
    program = shutil.which("bats") or installed("bats@^1") / "node_modules" / "bats" / "bin" / "bats"
    written(tmp_path, "sign-out.bats")
    expect_suite(tmp_path, program, "sign-out.bats")


def test_junit(tmp_path: Path) -> None:
    if shutil.which("mvn") is None:
        pytest.skip("there is no mvn")
    written(tmp_path, "src/test/java/Gateway.java", "src/test/java/SignOutTest.java")
    (tmp_path / "pom.xml").write_text(POM)
    _install(["mvn", "-q", "-B", "-f", str(tmp_path), "test-compile"], "Maven's junit-jupiter")
    expect_suite(tmp_path, "mvn", "-q", "-B", "test")


def test_kotlin(tmp_path: Path) -> None:
    """The test in Kotlin, with the extension in Java, under Debian's JUnit 5."""
    jars = [JARS / f"{name}.jar" for name in JUNIT]
    if shutil.which("kotlinc") is None or not all(jar.exists() for jar in jars):
        pytest.skip("there is no kotlinc, or no junit5")
    path = ":".join(map(str, jars))
    written(tmp_path, "Gateway.java", "SignOutTest.kt")
    classes = tmp_path / "classes"
    run("kotlinc", "-cp", path, "-d", classes, "SignOutTest.kt", "Gateway.java", folder=tmp_path)
    run("javac", "-cp", path, "-d", classes, "Gateway.java", folder=tmp_path)
    console = "org.junit.platform.console.ConsoleLauncher"
    expect_suite(
        tmp_path, "java", "-cp", f"{path}:{classes}:{JARS}/kotlin-stdlib.jar", console, "--scan-classpath", classes
    )
