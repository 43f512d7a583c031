"""A device gets a name while the gateway runs: in devices.yaml, in no other file, and in force at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.config import load
from gateway.control.steering import NotPossibleError
from gateway.core.device import Device
from gateway.core.model import Headers, Request
from gateway.wiring import naming
from tests.control_lab import Steerable, steerable
from tests.harness.for_each import for_each
from tests.legs import device_header

SHELF = "# the shelf\ndevices:\n  fire: {match: {user_agent: Fire}} # left\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def files() -> list[str]:
    return sorted(file.name for file in Path().iterdir() if file.name not in {"cassettes", ".gateway-key"})


async def unnamed(lab: Steerable) -> str:
    """Return what the last device that spoke is called, which has no name of its own."""
    (device, *_) = await lab.get("/api/devices")
    assert not device["named"]
    return str(device["name"])


async def name(lab: Steerable, device: str, wanted: object) -> tuple[int, Any]:
    status, given, _ = await lab.ask("PUT", f"/api/devices/{device}/name", wanted)
    return status, given


async def test_a_name_is_written_and_holds_at_once() -> None:
    """Also for the calls that are kept; what was chosen meanwhile stays."""
    Path("devices.yaml").write_text(SHELF)
    Path("devices.yaml").chmod(0o640)
    async with await steerable("passthrough", control__allow="network") as lab:
        await lab.app()
        await lab.do("PUT", "/api/mode", {"mode": "auto"})
        before = files()
        status, given = await name(lab, await unnamed(lab), {"name": "living-room"})
        assert (status, [(one["name"], one["named"], one["exchanges"]) for one in given]) == (
            200,
            [("living-room", True, 1)],
        )
        await lab.app()
        assert [(one["name"], one["exchanges"]) for one in await lab.get("/api/devices")] == [("living-room", 2)]
        assert (await lab.get("/api/setting"))["mode"] == "auto"
        assert files() == before
        assert '"event": "device named"' in lab.log.text
    assert (
        Path("devices.yaml").read_text()
        == f'{SHELF}  living-room: {{match: {{identifier: "00000000000000000000roku"}}}}\n'
    )
    assert Path("devices.yaml").stat().st_mode & 0o777 == 0o640
    assert list(load(None, {}, {}).devices) == ["fire", "living-room"]


@for_each(
    ("by", "written"),
    [
        (None, 'identifier: "00000000000000000000roku"'),
        ("identifier", 'identifier: "00000000000000000000roku"'),
        ("address", 'address: "127.0.0.1"'),
    ],
)
async def test_it_is_known_by_what_is_chosen(by: str | None, written: str) -> None:
    Path("devices.yaml").unlink(missing_ok=True)
    async with await steerable("passthrough") as lab:
        await lab.app()
        assert (await name(lab, await unnamed(lab), {"name": "tv", "by": by}))[0] == 200
    assert Path("devices.yaml").read_text() == f"devices:\n  tv: {{match: {{{written}}}}}\n"
    assert Path("devices.yaml").stat().st_mode & 0o777 == 0o600, "an identifier is nobody else's to read"


@for_each(
    ("wanted", "file", "status", "said"),
    [
        ({"name": "../../etc/passwd"}, SHELF, 400, "expected a name of up to 63 letters and digits"),
        ({"name": ""}, SHELF, 400, "expected a name"),
        ({"name": "a\nb"}, SHELF, 400, "expected a name"),
        ({"name": "tv", "by": "smell"}, SHELF, 400, "Invalid enum value"),
        ({"name": "fire"}, SHELF, 409, "Another device is called fire already."),
        ({"name": "tv"}, f"{SHELF}  more: {{match: {{address: 10.0.0.1}}}}\n", 409, "Reload the configuration first (SIGHUP, or reload: watch)"),
        ({"name": "tv"}, f"{SHELF}  fire: {{}}\n", 409, "left alone: devices.yaml:4 devices.fire: duplicate key"),
        ({"name": "tv"}, "devices: [", 409, "left alone: devices.yaml:2: not YAML"),
        ({"name": "tv"}, None, 409, "Reload the configuration first"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused_and_the_file_stays(
    wanted: object, file: str | None, status: int, said: str
) -> None:
    """An edit that is not in force yet is somebody's who has not finished."""
    devices = Path("devices.yaml")
    devices.write_text(SHELF)
    async with await steerable("passthrough") as lab:
        await lab.app()
        if file is None:
            devices.unlink()
        else:
            devices.write_text(file)
        found, given = await name(lab, await unnamed(lab), wanted)
        assert (found, said in given["message"]) == (status, True), given
        assert (devices.read_text() if devices.exists() else None) == file
        assert (await name(lab, "nobody", {"name": "tv"}))[0] == 404


async def test_an_edit_that_comes_meanwhile_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = Path("devices.yaml")
    edited = f"{SHELF}# edited\n"

    def slow(text: str, *about: Any) -> str:
        devices.write_text(edited)
        return f"{text}{about}"

    async with await steerable("passthrough") as lab:
        await lab.app()
        monkeypatch.setattr(naming, "with_device", slow)
        status, given = await name(lab, await unnamed(lab), {"name": "tv"})
        assert (status, given["message"]) == (
            409,
            "devices.yaml has changed meanwhile. Look at it, and name the device again.",
        )
    assert devices.read_text() == edited


async def test_one_that_has_a_name_keeps_it_and_one_that_says_nothing_is_known_by_its_address() -> None:
    async with await steerable("passthrough") as lab:
        made = naming.Naming(
            Path("config.yaml"),
            lambda: load(None, {}, {}),
            lab.running.steered,
            expect=lambda _: None,
            named=lambda _: None,
        )
        silent = Request("GET", "/", Headers())
        with pytest.raises(NotPossibleError, match="sends no identifier"):
            await made.name("tv", "identifier", Device("", "", "", "10.0.0.1"), silent)
        await made.name("tv", "address", Device("", "", "", "10.0.0.1"), silent)
        said = Request("GET", "/", Headers.of([("AP-Device-Identifier", device_header("roku"))]))
        with pytest.raises(NotPossibleError, match=r"name already: devices\.tv"):
            await made.name("other", "identifier", Device("", "", "roku", "10.0.0.1"), said)
        with pytest.raises(NotPossibleError, match="Choose the other way"):
            await made.name("other", "identifier", Device("", "", "another", "10.0.0.2"), said)
